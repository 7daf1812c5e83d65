// add_daemon_commands: the commands that speak to the running daemon, for the command line.
// Thread: main.   Lifetime: `program` and `code` outlive the parsing.
// Fails: by the exit code that a command leaves in `code`.
#pragma once

#include <CLI/CLI.hpp>

namespace aven::app {

void add_daemon_commands(CLI::App& program, int& code);

}  // namespace aven::app
