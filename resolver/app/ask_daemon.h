// AskDaemon: what all commands that speak to the running daemon share: where its socket is, the language of their words,
// and how a failure is told.
// Thread: main.
// Fails: each call by a sentence on stderr and nothing as result; `code()` is then the command's exit code.
#pragma once

#include <optional>
#include <string>

#include "app/control_client.h"
#include "app/rule_words.h"
#include "policy/json_text.h"

namespace aven::app {

// Options of every such command.
struct DaemonOptions {
  std::string config;  // empty: the default places
  std::string socket;  // empty: the configuration says it
  bool json = false;
};

class AskDaemon {
 public:
  AskDaemon(const char* command, const DaemonOptions& options, int code_of_failure);

  std::optional<policy::Json> get(const std::string& path);
  std::optional<policy::Json> post(const std::string& path, const policy::Json& body);
  // The daemon's own words of a reply that is no success, or the failure's; after a call that gave nothing.
  int code() const noexcept { return code_; }
  // Is anybody there? Says nothing.
  bool is_running() const;

  Language language() const noexcept { return language_; }
  std::string say(Phrase phrase) const { return std::string{phrase.in(language_)}; }
  // Wrong usage, in a sentence; gives its exit code.
  int wrong(Phrase text) const;

 private:
  AskDaemon(const char* command, const DaemonOptions& options, int code_of_failure, const DaemonSettings& settings);
  std::optional<policy::Json> result(const Expected<ControlReply, ControlFailure>& reply);
  std::string words(const ControlFailure& failure) const;

  const char* command_;
  bool json_;
  Language language_;
  ControlClient client_;
  int code_;
};

}  // namespace aven::app
