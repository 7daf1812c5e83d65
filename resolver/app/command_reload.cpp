#include <iostream>
#include <string>

#include "app/commands.h"
#include "app/reload_words.h"

namespace aven::app {
namespace {

using policy::Json;

bool says_yes(const AskDaemon& daemon) {
  std::cout << daemon.say({"Take this into force? [y/N] ", "Mettre cela en vigueur ? [o/N] "}) << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes" || line == "o" || line == "O" || line == "oui";
}

void show(const Json& reply, const ReloadOptions& options, const AskDaemon& daemon) {
  if (options.daemon.json) {
    std::cout << reply.dump(2) << '\n';
  } else {
    std::cout << reload_words(reply, daemon.language());
  }
}

}  // namespace

int reload(const ReloadOptions& options) {
  AskDaemon daemon{"reload", options.daemon, ProblemsFound};
  if (options.force && options.reason.empty()) {
    return daemon.wrong({"--force needs --reason TEXT.", "--force demande --reason TEXTE."});
  }
  if (options.daemon.json && !options.yes && !options.look) {
    return daemon.wrong({"--json goes with --yes or --look.", "--json va avec --yes ou --look."});
  }
  Json body = Json::object();
  if (!options.yes) {
    const auto looked = daemon.post("/api/v1/reload", {{"trial", true}});
    if (!looked) return daemon.code();
    show(*looked, options, daemon);
    const bool good = looked->value("good", false);
    if (options.look || !good) return good ? Done : ProblemsFound;
    const bool objected = !looked->value("objection", std::string{}).empty();
    if (objected && !options.force) return ProblemsFound;
    if (!says_yes(daemon)) {
      std::cout << daemon.say({"Nothing was changed.\n", "Rien n'a été changé.\n"});
      return ProblemsFound;
    }
    body["policy"] = looked->value("policy_after", std::string{});
  }
  if (options.force) body["force"] = true;
  if (!options.reason.empty()) body["reason"] = options.reason;
  const auto done = daemon.post("/api/v1/reload", body);
  if (!done) return daemon.code();
  if (options.yes) {
    show(*done, options, daemon);
  } else {
    std::cout << in_force_words(*done, daemon.language());
  }
  return done->value("in_force", false) ? Done : ProblemsFound;
}

}  // namespace aven::app
