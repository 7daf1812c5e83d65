#include "app/daemon_commands.h"

#include <memory>
#include <string>

#include "app/commands.h"

namespace aven::app {
namespace {

struct Description {
  const char* name;
  const char* what;
  const char* example;
};

// Adds a command whose options live as long as it.
template <class Options>
CLI::App* add(CLI::App& program, int& code, const Description& description, const std::shared_ptr<Options>& options,
              DaemonOptions& daemon, int (*run)(const Options&)) {
  CLI::App* command = program.add_subcommand(description.name, description.what);
  command->footer(std::string{"Example: "} + description.example);
  command
      ->add_option("-c,--config", daemon.config,
                   "Its configuration; without it ./aven.json, then /etc/aven/aven.json, then defaults")
      ->type_name("FILE");
  command->add_option("--socket", daemon.socket, "Its control socket; without it the configuration's")
      ->type_name("PATH");
  command->add_flag("--json", daemon.json, "For programs");
  command->callback([&code, options, run] { code = run(*options); });
  return command;
}

void add_status(CLI::App& program, int& code) {
  const auto options = std::make_shared<DaemonOptions>();
  add(program, code, {"status", "Say what the running Aven does; exit 1 degraded, 2 down", "aven status"}, options,
      *options, status);
}

void add_flush(CLI::App& program, int& code) {
  const auto options = std::make_shared<FlushOptions>();
  CLI::App* command =
      add(program, code, {"flush", "Forget kept answers of a name, or all", "aven flush ville.example --subtree"},
          options, options->daemon, flush);
  command->add_option("NAME", options->name, "The name to forget, all its types");
  command->add_flag("--subtree", options->subtree, "Also all names below it");
  command->add_flag("--all", options->all, "Everything");
}

}  // namespace

void add_daemon_commands(CLI::App& program, int& code) {
  add_status(program, code);
  add_flush(program, code);
}

}  // namespace aven::app
