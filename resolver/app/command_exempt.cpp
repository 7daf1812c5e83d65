#include <iostream>

#include "app/commands.h"
#include "app/time_span.h"

namespace aven::app {
namespace {

using policy::Json;

int wrong(const char* text) {
  std::cerr << "aven exempt: " << text << '\n';
  return WrongUsage;
}

std::string line_of(const Json& one) {
  const bool active = one.value("active", false);
  return std::to_string(one.value("number", std::uint64_t{0})) + "  " + one.value("rule", "") + "  " +
         one.value("client", "") + "  " +
         (active ? span_words(std::chrono::seconds{one.value("left_s", std::int64_t{0})}) + " left"
                 : "ended " + one.value("until", "")) +
         "  " + one.value("by", "") + ": " + one.value("reason", "") + '\n';
}

int list(const ExemptOptions& options) {
  AskDaemon daemon{"exempt", options.daemon, ProblemsFound};
  const auto given = daemon.get("/api/v1/exemptions");
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump(2) << '\n';
    return Done;
  }
  const auto all = given->value("exemptions", Json::array());
  for (const auto& one : all) std::cout << line_of(one);
  if (all.empty()) std::cout << "There is no exemption.\n";
  return Done;
}

int end(const ExemptOptions& options) {
  AskDaemon daemon{"exempt", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/exempt/end", {{"number", options.end}});
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << "Exemption " << options.end << " has ended: the rule is in force again for that client.\n";
  }
  return Done;
}

}  // namespace

int exempt(const ExemptOptions& options) {
  if (options.list) return list(options);
  if (options.end != 0) return end(options);
  const auto span = parse_span(options.span);
  if (options.rule.empty()) return wrong("say which rule, such as chatgpt/chatgpt; `aven status` lists them.");
  if (options.client.empty()) return wrong("say for whom: --client ADDRESS.");
  if (!span) return wrong("say for how long: --for 30m, 2h or 1h30m.");
  if (options.reason.empty()) return wrong("say why: --reason TEXT.");
  Json body{{"rule", options.rule}, {"client", options.client}, {"seconds", span->count()}, {"reason", options.reason}};
  if (!options.by.empty()) body["by"] = options.by;
  AskDaemon daemon{"exempt", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/exempt", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << "Exemption " << given->value("number", std::uint64_t{0}) << ": " << options.rule << " is lifted for "
              << options.client << " for " << span_words(*span)
              << ".\nAnswers that this machine already holds end within " << given->value("held_s", 0)
              << " s; its browser may keep them a little longer.\n";
  }
  if (!given->value("kept", true)) std::cerr << "It could not be written: a restart would forget it.\n";
  return Done;
}

}  // namespace aven::app
