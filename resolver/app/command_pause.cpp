#include <iostream>
#include <optional>

#include "app/commands.h"
#include "app/time_span.h"

namespace aven::app {
namespace {

using policy::Json;

// {"scope": ..., "target": ...}; empty when nothing is named.
Json what_of(const PauseOptions& options) {
  if (options.all) return {{"scope", "all"}};
  if (!options.rule.empty()) return {{"scope", "rule"}, {"target", options.rule}};
  if (!options.group.empty()) return {{"scope", "group"}, {"target", options.group}};
  return Json::object();
}

std::string words_of(const PauseOptions& options) {
  if (!options.rule.empty()) return "The rule " + options.rule;
  if (!options.group.empty()) return "Blocking for the group " + options.group;
  return "All blocking";
}

int wrong(const char* command, const char* text) {
  std::cerr << "aven " << command << ": " << text << '\n';
  return WrongUsage;
}

void warn_if_not_kept(const Json& reply) {
  if (!reply.value("kept", true)) std::cerr << "It could not be written: a restart would forget it.\n";
}

}  // namespace

int pause(const PauseOptions& options) {
  Json body = what_of(options);
  const auto span = parse_span(options.span);
  if (body.empty()) return wrong("pause", "say what: --all, --rule ID or --group NAME.");
  if (!span) return wrong("pause", "say for how long: --for 30m, 2h or 1h30m.");
  if (options.reason.empty()) return wrong("pause", "say why: --reason TEXT.");
  body["seconds"] = span->count();
  body["reason"] = options.reason;
  if (!options.by.empty()) body["by"] = options.by;
  AskDaemon daemon{"pause", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/pause", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << words_of(options) << " is paused for " << span_words(*span)
              << ". It ends by itself; `aven resume` ends it now.\n";
  }
  warn_if_not_kept(*given);
  return Done;
}

int resume(const PauseOptions& options) {
  AskDaemon daemon{"resume", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/resume", what_of(options));
  if (!given) return daemon.code();
  const auto ended = given->value("resumed", std::size_t{0});
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else if (ended == 0) {
    std::cout << "Nothing was paused.\n";
  } else {
    std::cout << "Ended: " << ended << (ended == 1 ? " pause" : " pauses") << ". What it silenced blocks again.\n";
  }
  warn_if_not_kept(*given);
  return Done;
}

}  // namespace aven::app
