// What the commands have in common on the command line.
// Thread: main.   Lifetime: `program` owns the command; what options write to outlives the parsing.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace aven::app {

struct CommandWords {
  const char* name;
  const char* what;
  const char* example;
};

inline CLI::App* add_command(CLI::App& program, const CommandWords& words) {
  CLI::App* command = program.add_subcommand(words.name, words.what);
  command->footer(std::string{"Example: "} + words.example);
  return command;
}

inline void add_config(CLI::App* command, std::string& config) {
  command
      ->add_option("-c,--config", config,
                   "Configuration; without it ./aven.json, then /etc/aven/aven.json, then defaults")
      ->type_name("FILE");
}

}  // namespace aven::app
