#include <iostream>

#include "app/commands.h"
#include "dns/name.h"

namespace aven::app {
namespace {

std::string told(std::size_t entries, const AskDaemon& daemon) {
  if (entries == 0) return daemon.say({"Nothing was there to forget.", "Il n'y avait rien à oublier."});
  return daemon.say({"Forgotten: ", "Oublié : "}) + std::to_string(entries) +
         (entries == 1 ? daemon.say({" kept answer.", " réponse gardée."})
                       : daemon.say({" kept answers.", " réponses gardées."}));
}

}  // namespace

int flush(const FlushOptions& options) {
  AskDaemon daemon{"flush", options.daemon, ProblemsFound};
  if (options.all == !options.name.empty()) {
    return daemon.wrong({"give either a NAME or --all.", "donnez soit un NOM, soit --all."});
  }
  if (options.all && options.subtree) {
    return daemon.wrong({"--subtree goes with a NAME.", "--subtree va avec un NOM."});
  }
  policy::Json body = policy::Json::object();
  if (options.all) {
    body["all"] = true;
  } else {
    if (!dns::Name::from_text(options.name)) {
      return daemon.wrong({"this NAME is not a domain name.", "ce NOM n'est pas un nom de domaine."});
    }
    body = {{"name", options.name}, {"subtree", options.subtree}};
  }
  const auto given = daemon.post("/api/v1/flush", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << told(given->value("entries", std::size_t{0}), daemon) << '\n';
  }
  return Done;
}

}  // namespace aven::app
