#include "app/record_commands.h"

#include <memory>
#include <string>

#include "app/command_line.h"
#include "app/commands.h"

namespace aven::app {
namespace {

// Adds a command whose options live as long as it.
template <class Options>
CLI::App* add(CLI::App& program, int& code, const CommandWords& words, const std::shared_ptr<Options>& options,
              int (*run)(const Options&)) {
  CLI::App* command = add_command(program, words);
  add_config(command, options->config);
  command->callback([&code, options, run] { code = run(*options); });
  return command;
}

void add_history(CLI::App& program, int& code) {
  const auto options = std::make_shared<HistoryOptions>();
  auto* command = add(program, code,
                      {"history", "Say who changed what and when, by the journal",
                       "aven history --since 2026-11-01 --rule chatgpt/chatgpt"},
                      options, history);
  command->add_option("--rule", options->rule, "Only what is about this rule")->type_name("PACK/ID");
  command->add_option("--since", options->since, "Not before this day or moment, local time")->type_name("TIME");
  command->add_flag("--verify", options->verify,
                    "Look for lines that were changed, taken out or cut off; exit 1 if any");
  command->add_flag("--json", options->json, "The lines as they are, for programs");
}

void add_diff(CLI::App& program, int& code) {
  const auto options = std::make_shared<DiffOptions>();
  auto* command =
      add(program, code,
          {"diff", "Say what differs between two policies: rules, names, settings", "aven diff running files"}, options,
          diff);
  command->add_option("BEFORE", options->before, "The beginning of a policy's id, `running` or `files`")->required();
  command->add_option("AFTER", options->after, "The same")->required();
  command->add_flag("--json", options->json, "For programs");
}

void add_statement(CLI::App& program, int& code) {
  const auto options = std::make_shared<StatementOptions>();
  auto* command = add(program, code,
                      {"statement", "Write what was forbidden on one day, for whom and why, to hand out",
                       "aven statement --on 2026-11-24 --lang fr"},
                      options, print_statement);
  command->add_option("--on", options->on, "The day; without it today")->type_name("DATE");
  command->add_option("--lang", options->language, "Its language; without it the terminal's")
      ->check(CLI::IsMember({"en", "fr"}));
  command->add_option("--policy", options->policy, "The beginning of a policy's id, instead of the one of that day")
      ->type_name("ID");
}

void add_replay(CLI::App& program, int& code) {
  const auto options = std::make_shared<ReplayOptions>();
  auto* command =
      add(program, code,
          {"replay", "Try rules on the questions of a stored query log: what would they block, by rule and group",
           "aven replay --log /var/lib/aven/queries.sqlite --rules proposed/rules"},
          options, replay);
  command->add_option("--log", options->log, "The query log; without it the configuration's")->type_name("FILE");
  command->add_option("--rules", options->rules, "The proposed rules; without it the configuration's")
      ->type_name("FOLDER");
  command->add_option("--at", options->at, "Dates of rules as in the week from then on, local time; without it now")
      ->type_name("TIME");
  command->add_flag("--json", options->json, "For programs");
}

}  // namespace

void add_record_commands(CLI::App& program, int& code) {
  add_history(program, code);
  add_diff(program, code);
  add_statement(program, code);
  add_replay(program, code);
}

}  // namespace aven::app
