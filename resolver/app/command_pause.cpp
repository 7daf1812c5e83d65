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

std::string paused_words(const PauseOptions& options, const AskDaemon& daemon) {
  if (!options.rule.empty()) {
    return daemon.say({"The rule ", "La règle "}) + options.rule +
           daemon.say({" is paused for ", " est suspendue pendant "});
  }
  const auto what = options.group.empty()
                        ? daemon.say({"All blocking", "Tout le blocage"})
                        : daemon.say({"Blocking for the group ", "Le blocage du groupe "}) + options.group;
  return what + daemon.say({" is paused for ", " est suspendu pendant "});
}

void warn_if_not_kept(const Json& reply, const AskDaemon& daemon) {
  if (reply.value("kept", true)) return;
  std::cerr << daemon.say({"It could not be written: a restart would forget it.\n",
                           "L'écriture a échoué : un redémarrage l'oublierait.\n"});
}

std::string ended_words(std::size_t ended, const AskDaemon& daemon) {
  if (ended == 0) return daemon.say({"Nothing was paused.\n", "Rien n'était suspendu.\n"});
  return daemon.say({"Pauses ended: ", "Suspensions levées : "}) + std::to_string(ended) +
         daemon.say({". What they silenced blocks again.\n", ". Ce qu'elles suspendaient bloque de nouveau.\n"});
}

}  // namespace

int pause(const PauseOptions& options) {
  AskDaemon daemon{"pause", options.daemon, ProblemsFound};
  Json body = what_of(options);
  const auto span = parse_span(options.span);
  if (body.empty()) {
    return daemon.wrong(
        {"say what: --all, --rule ID or --group NAME.", "indiquez quoi : --all, --rule RÈGLE ou --group NOM."});
  }
  if (!span) {
    return daemon.wrong({"say for how long: --for 30m, 2h or 1h30m.", "indiquez la durée : --for 30m, 2h ou 1h30m."});
  }
  if (options.reason.empty()) {
    return daemon.wrong({"say why: --reason TEXT.", "indiquez le motif : --reason TEXTE."});
  }
  body["seconds"] = span->count();
  body["reason"] = options.reason;
  if (!options.by.empty()) body["by"] = options.by;
  const auto given = daemon.post("/api/v1/pause", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << paused_words(options, daemon) << span_words(*span, daemon.language())
              << daemon.say({". It ends by itself; `aven resume` ends it now.\n",
                             ". Cela prend fin tout seul ; `aven resume` y met fin tout de suite.\n"});
  }
  warn_if_not_kept(*given, daemon);
  return Done;
}

int resume(const PauseOptions& options) {
  AskDaemon daemon{"resume", options.daemon, ProblemsFound};
  const auto given = daemon.post("/api/v1/resume", what_of(options));
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << ended_words(given->value("resumed", std::size_t{0}), daemon);
  }
  warn_if_not_kept(*given, daemon);
  return Done;
}

}  // namespace aven::app
