#include <iostream>

#include "app/commands.h"
#include "dns/name.h"

namespace aven::app {
namespace {

std::string told(std::size_t entries) {
  return entries == 0 ? "Nothing was there to forget."
                      : "Forgotten: " + std::to_string(entries) + (entries == 1 ? " kept answer." : " kept answers.");
}

}  // namespace

int flush(const FlushOptions& options) {
  const auto wrong = [](const std::string& text) {
    std::cerr << "aven flush: " << text << '\n';
    return WrongUsage;
  };
  if (options.all == !options.name.empty()) return wrong("give either a NAME or --all.");
  if (options.all && options.subtree) return wrong("--subtree goes with a NAME.");
  policy::Json body = policy::Json::object();
  if (options.all) {
    body["all"] = true;
  } else {
    if (!dns::Name::from_text(options.name)) return wrong('"' + options.name + "\" is not a domain name.");
    body = {{"name", options.name}, {"subtree", options.subtree}};
  }
  AskDaemon daemon{"flush", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/flush", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << told(given->value("entries", std::size_t{0})) << '\n';
  }
  return Done;
}

}  // namespace aven::app
