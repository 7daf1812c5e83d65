#include <iostream>

#include "app/commands.h"
#include "app/time_span.h"

namespace aven::app {
namespace {

using policy::Json;

std::string line_of(const Json& one, const AskDaemon& daemon) {
  const auto left = [&] {
    return daemon.say({"", "encore "}) +
           span_words(std::chrono::seconds{one.value("left_s", std::int64_t{0})}, daemon.language()) +
           daemon.say({" left", ""});
  };
  const bool active = one.value("active", false);
  return std::to_string(one.value("number", std::uint64_t{0})) + "  " + one.value("rule", "") + "  " +
         one.value("client", "") + "  " +
         (active ? left() : daemon.say({"ended ", "terminée "}) + one.value("until", "")) + "  " + one.value("by", "") +
         daemon.say({": ", " : "}) + one.value("reason", "") + '\n';
}

int list(const ExemptOptions& options, AskDaemon& daemon) {
  const auto given = daemon.get("/api/v1/exemptions");
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump(2) << '\n';
    return Done;
  }
  const auto all = given->value("exemptions", Json::array());
  for (const auto& one : all) std::cout << line_of(one, daemon);
  if (all.empty()) std::cout << daemon.say({"There is no exemption.\n", "Il n'y a aucune dérogation.\n"});
  return Done;
}

int end(const ExemptOptions& options, AskDaemon& daemon) {
  const auto given = daemon.post("/api/v1/exempt/end", {{"number", options.end}});
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << daemon.say({"Exemption ", "La dérogation "}) << options.end
              << daemon.say({" has ended: the rule is in force again for that client.\n",
                             " a pris fin : la règle s'applique de nouveau à ce poste.\n"});
  }
  return Done;
}

std::string given_words(const ExemptOptions& options, std::chrono::seconds span, const Json& given,
                        const AskDaemon& daemon) {
  return daemon.say({"Exemption ", "Dérogation "}) + std::to_string(given.value("number", std::uint64_t{0})) +
         daemon.say({": ", " : "}) + options.rule + daemon.say({" is lifted for ", " est levée pour "}) +
         options.client + daemon.say({" for ", " pendant "}) + span_words(span, daemon.language()) +
         daemon.say({".\nAnswers that this machine already holds end within ",
                     ".\nLes réponses que ce poste détient déjà expirent sous "}) +
         std::to_string(given.value("held_s", 0)) +
         daemon.say({" s; its browser may keep them a little longer.\n",
                     " s ; son navigateur peut les garder un peu plus longtemps.\n"});
}

}  // namespace

int exempt(const ExemptOptions& options) {
  AskDaemon daemon{"exempt", options.daemon, ProblemsFound};
  if (options.list) return list(options, daemon);
  if (options.end != 0) return end(options, daemon);
  const auto span = parse_span(options.span);
  if (options.rule.empty()) {
    return daemon.wrong({"say which rule, such as chatgpt/chatgpt; `aven status` lists them.",
                         "indiquez la règle, comme chatgpt/chatgpt ; `aven status` les liste."});
  }
  if (options.client.empty()) {
    return daemon.wrong({"say for whom: --client ADDRESS.", "indiquez pour qui : --client ADRESSE."});
  }
  if (!span) {
    return daemon.wrong({"say for how long: --for 30m, 2h or 1h30m.", "indiquez la durée : --for 30m, 2h ou 1h30m."});
  }
  if (options.reason.empty()) {
    return daemon.wrong({"say why: --reason TEXT.", "indiquez le motif : --reason TEXTE."});
  }
  Json body{{"rule", options.rule}, {"client", options.client}, {"seconds", span->count()}, {"reason", options.reason}};
  if (!options.by.empty()) body["by"] = options.by;
  const auto given = daemon.post("/api/v1/exempt", body);
  if (!given) return daemon.code();
  if (options.daemon.json) {
    std::cout << given->dump() << '\n';
  } else {
    std::cout << given_words(options, *span, *given, daemon);
  }
  if (!given->value("kept", true)) {
    std::cerr << daemon.say({"It could not be written: a restart would forget it.\n",
                             "L'écriture a échoué : un redémarrage l'oublierait.\n"});
  }
  return Done;
}

}  // namespace aven::app
