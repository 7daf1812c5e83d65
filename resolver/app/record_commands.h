// add_record_commands: the commands that look at the journal and at earlier policies, for the command line.
// Thread: main.   Lifetime: `program` and `code` outlive the parsing.
// Fails: by the exit code that a command leaves in `code`.
#pragma once

#include <CLI/CLI.hpp>

namespace aven::app {

void add_record_commands(CLI::App& program, int& code);

}  // namespace aven::app
