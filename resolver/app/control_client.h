// ControlClient: asks the running daemon over its control socket (libcurl).
// Thread: any; a call blocks until the daemon has answered, however long a reload takes.
// Fails: with the kind of failure; app/ask_daemon has words for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/expected.h"

namespace aven::app {

struct ControlReply {
  long code = 0;  // HTTP
  std::string body;
  bool good() const noexcept { return code >= 200 && code < 300; }
};

struct ControlFailure {
  enum class Kind : std::uint8_t { NotRunning, NoPermission, Other };
  Kind kind = Kind::Other;
  std::string detail;  // with Other: what the library says
};

class ControlClient {
 public:
  explicit ControlClient(std::filesystem::path socket) : socket_(std::move(socket)) {}

  const std::filesystem::path& socket() const noexcept { return socket_; }

  Expected<ControlReply, ControlFailure> get(const std::string& path) const { return call(path, std::nullopt); }
  Expected<ControlReply, ControlFailure> post(const std::string& path, const std::string& json) const {
    return call(path, json);
  }

 private:
  Expected<ControlReply, ControlFailure> call(const std::string& path, const std::optional<std::string>& body) const;

  std::filesystem::path socket_;
};

// `value` as part of a URL's query.
std::string url_escaped(const std::string& value);

// What a command has to know of the daemon's configuration, also when the rest of it is wrong.
struct DaemonSettings {
  std::filesystem::path control;
  std::string language;
};
DaemonSettings daemon_settings(const std::string& config);

}  // namespace aven::app
