#include "app/daemon_commands.h"

#include <memory>
#include <string>

#include "app/command_line.h"
#include "app/commands.h"

namespace aven::app {
namespace {

// Adds a command whose options live as long as it.
template <class Options>
CLI::App* add(CLI::App& program, int& code, const CommandWords& words, const std::shared_ptr<Options>& options,
              DaemonOptions& daemon, int (*run)(const Options&)) {
  CLI::App* command = add_command(program, words);
  add_config(command, daemon.config);
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

void add_reload(CLI::App& program, int& code) {
  const auto options = std::make_shared<ReloadOptions>();
  CLI::App* command =
      add(program, code, {"reload", "Read the files again; shows what would change, and asks", "aven reload --look"},
          options, options->daemon, reload);
  auto* yes = command->add_flag("--yes", options->yes, "Do not ask");
  command->add_flag("--look", options->look, "Only show it")->excludes(yes);
  command->add_flag("--force", options->force, "Also if it blocks much of what is asked now");
  command->add_option("--reason", options->reason, "Why, for the journal")->type_name("TEXT");
}

void add_what(CLI::App* command, PauseOptions& options) {
  auto* all = command->add_flag("--all", options.all, "Everything");
  auto* rule = command->add_option("--rule", options.rule, "One rule, as aven status names it")->type_name("ID");
  auto* group = command->add_option("--group", options.group, "One group of clients")->type_name("NAME");
  all->excludes(rule, group);
  rule->excludes(group);
}

template <class Options>
void add_why(CLI::App* command, Options& options) {
  command->add_option("--for", options.span, "For how long: 30m, 2h, 1h30m")->type_name("TIME");
  command->add_option("--reason", options.reason, "Why, for the journal")->type_name("TEXT");
  command->add_option("--by", options.by, "Who decided it; without it your account")->type_name("NAME");
}

void add_pauses(CLI::App& program, int& code) {
  const auto pausing = std::make_shared<PauseOptions>();
  CLI::App* command = add(program, code,
                          {"pause", "Stop blocking for a while",
                           "aven pause --rule chatgpt/chatgpt --for 30m --reason \"video call with the supplier\""},
                          pausing, pausing->daemon, pause);
  add_what(command, *pausing);
  add_why(command, *pausing);

  const auto resuming = std::make_shared<PauseOptions>();
  command = add(program, code, {"resume", "End pauses, all or one", "aven resume --rule chatgpt/chatgpt"}, resuming,
                resuming->daemon, resume);
  add_what(command, *resuming);
}

void add_exempt(CLI::App& program, int& code) {
  const auto options = std::make_shared<ExemptOptions>();
  CLI::App* command =
      add(program, code,
          {"exempt", "Lift a rule for one client for a while",
           "aven exempt chatgpt/chatgpt --client 10.10.4.17 --for 2h --reason \"press file\" --by \"Mme Durand\""},
          options, options->daemon, exempt);
  auto* rule = command->add_option("RULE", options->rule, "The rule, as aven status names it");
  command->add_option("--client", options->client, "The client's address")->type_name("ADDRESS");
  add_why(command, *options);
  auto* list = command->add_flag("--list", options->list, "Show them, also those that ended");
  auto* end = command->add_option("--end", options->end, "End one before its time")->type_name("NUMBER");
  rule->excludes(list, end);
  list->excludes(end);
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

void add_clock(CLI::App& program, int& code) {
  const auto options = std::make_shared<ClockOptions>();
  CLI::App* command = add(program, code,
                          {"clock", "Say whether Aven believes the machine's clock; exit 1 if not",
                           "aven clock --accept --reason \"it was a year ahead until today\""},
                          options, options->daemon, clock);
  command->add_flag("--accept", options->accept, "Believe it from now on, although it showed a later moment before");
  command->add_option("--reason", options->reason, "Why, for the journal")->type_name("TEXT");
}

void add_rollback(CLI::App& program, int& code) {
  const auto options = std::make_shared<RollbackOptions>();
  CLI::App* command =
      add(program, code,
          {"rollback", "Run an earlier policy in place of the files, until they change or `aven reload`",
           "aven rollback --reason \"the new list blocks the tax office\""},
          options, options->daemon, rollback);
  command->add_option("ID", options->policy, "The beginning of its id; without it the policy before this one");
  command->add_option("--reason", options->reason, "Why, for the journal")->type_name("TEXT")->required();
}

}  // namespace

void add_daemon_commands(CLI::App& program, int& code) {
  add_status(program, code);
  add_reload(program, code);
  add_flush(program, code);
  add_pauses(program, code);
  add_exempt(program, code);
  add_rollback(program, code);
  add_clock(program, code);
}

}  // namespace aven::app
