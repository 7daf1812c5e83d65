#include <iostream>

#include "app/commands.h"

namespace aven::app {
namespace {

using policy::Json;

std::string words_of(const Json& clock, const AskDaemon& daemon) {
  const auto shown = daemon.say({"The clock shows ", "L'horloge indique "}) + clock.value("clock", "");
  if (clock.value("believed", false)) return shown + daemon.say({" and is believed.\n", " et elle est crue.\n"});
  const auto what =
      shown + daemon.say({" and is not believed: it must be ", " et elle n'est pas crue : il doit être "}) +
      clock.value("earliest", "") +
      daemon.say({" or later.\nRules stay on or off as they are. ", " ou plus tard.\nLes règles restent en l'état. "});
  if (!clock.value("may_be_accepted", false)) {
    return what + daemon.say({"This Aven was built later than that: set the clock right.\n",
                              "Cette version d'Aven est plus récente : mettez l'horloge à l'heure.\n"});
  }
  return what + daemon.say({"Set it right; if it is right: aven clock --accept --reason TEXT\n",
                            "Mettez-la à l'heure ; si elle l'est : aven clock --accept --reason TEXTE\n"});
}

int show(const ClockOptions& options, AskDaemon& daemon) {
  const auto given = daemon.get("/api/v1/clock");
  if (!given) return daemon.code();
  std::cout << (options.daemon.json ? given->dump() + '\n' : words_of(*given, daemon));
  return given->value("believed", false) ? Done : ProblemsFound;
}

}  // namespace

int clock(const ClockOptions& options) {
  AskDaemon daemon{"clock", options.daemon, ProblemsFound};
  if (!options.accept) return show(options, daemon);
  if (options.reason.empty()) {
    return daemon.wrong({"say why: --reason TEXT.", "indiquez le motif : --reason TEXTE."});
  }
  const auto given = daemon.post("/api/v1/clock", {{"reason", options.reason}});
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << daemon.say({"Accepted: rules follow the clock again, within a second.\n",
                             "Acceptée : les règles suivent de nouveau l'horloge, sous une seconde.\n"});
  }
  return Done;
}

}  // namespace aven::app
