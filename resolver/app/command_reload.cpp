#include <iostream>
#include <string>

#include "app/commands.h"
#include "app/reload_words.h"

namespace aven::app {
namespace {

using policy::Json;

int wrong(const char* text) {
  std::cerr << "aven reload: " << text << '\n';
  return WrongUsage;
}

bool says_yes() {
  std::cout << "Take this into force? [y/N] " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes" || line == "o" || line == "oui";
}

void show(const Json& reply, bool json) {
  if (json) {
    std::cout << reply.dump(2) << '\n';
  } else {
    std::cout << reload_words(reply);
  }
}

}  // namespace

int reload(const ReloadOptions& options) {
  if (options.force && options.reason.empty()) return wrong("--force needs --reason TEXT.");
  if (options.daemon.json && !options.yes && !options.look) return wrong("--json goes with --yes or --look.");
  AskDaemon daemon{"reload", options.daemon, ProblemsFound};
  Json body = Json::object();
  if (!options.yes) {
    const auto looked = daemon.post("/api/v1/reload", {{"trial", true}});
    if (!looked) return daemon.code();
    show(*looked, options.daemon.json);
    const bool good = looked->value("good", false);
    if (options.look || !good) return good ? Done : ProblemsFound;
    const bool objected = !looked->value("objection", std::string{}).empty();
    if (objected && !options.force) return ProblemsFound;
    if (!says_yes()) {
      std::cout << "Nothing was changed.\n";
      return ProblemsFound;
    }
    body["policy"] = looked->value("policy_after", std::string{});
  }
  if (options.force) body["force"] = true;
  if (!options.reason.empty()) body["reason"] = options.reason;
  const auto done = daemon.post("/api/v1/reload", body);
  if (!done) return daemon.code();
  if (options.yes) {
    show(*done, options.daemon.json);
  } else {
    std::cout << in_force_words(*done);
  }
  return done->value("in_force", false) ? Done : ProblemsFound;
}

}  // namespace aven::app
