#include <iostream>
#include <optional>
#include <pwd.h>
#include <unistd.h>

#include "app/ask_daemon.h"
#include "app/commands.h"
#include "app/history_words.h"
#include "app/journal_file.h"
#include "app/journal_reader.h"
#include "app/loading.h"
#include "app/policy_history.h"
#include "app/rollback.h"

namespace aven::app {
namespace {

int fail(const std::string& text) {
  std::cerr << "aven rollback: " << text << '\n';
  return ProblemsFound;
}

std::string account() {
  const auto uid = ::getuid();
  const struct ::passwd* entry = ::getpwuid(uid);
  return std::string{entry == nullptr ? "?" : entry->pw_name} + " (uid " + std::to_string(uid) + ')';
}

// Which policy is meant; the error is a sentence.
Expected<std::string, std::string> wanted(const std::string& word, const ReadJournal& journal,
                                          const std::filesystem::path& state) {
  std::string id = word;
  if (id.empty()) {
    const auto before = policy_before_last(journal.lines);
    if (!before) return Unexpected<std::string>{"the journal knows of no policy before the one that runs"};
    id = before->id;
  }
  const auto policy = PolicyArchive{state}.load(id);
  if (!policy) return Unexpected{policy.error()};
  return policy->id;
}

// Without a daemon: the mark for the next start, and the line that says who wanted it.
int roll_back_files(const Config& config, const ReadJournal& journal, const RollbackMark& mark) {
  JournalFile file{config.state / "journal"};
  if (const auto failure = file.open(mark.at)) return fail("the journal cannot be written: " + *failure);
  if (const auto failure = write_rollback(config.state, mark)) return fail(*failure);
  JournalLine line;
  line.at = mark.at;
  line.change.kind = ChangeKind::RolledBack;
  line.change.cause = "request";
  line.change.account = mark.account;
  line.change.reason = mark.reason;
  if (const auto last = last_policy(journal.lines)) line.change.policy_before = last->id;
  line.change.policy_after = mark.policy;
  line.change.details = {{"when", "at the next start"}};
  if (const auto failure = file.append(line)) return fail("the journal cannot be written: " + *failure);
  file.note_last();
  return Done;
}

}  // namespace

int rollback(const RollbackOptions& options) {
  Places places;
  places.config = options.daemon.config;
  const LoadedSet files = Loading{places}.configuration();
  const Config& config = files.config;
  const ReadJournal journal = read_journal(config.state / "journal");
  const auto id = wanted(options.policy, journal, config.state);
  if (!id) return fail(id.error());

  AskDaemon daemon{"rollback", options.daemon, ProblemsFound};
  const bool running = daemon.is_running();
  if (running) {
    const auto given = daemon.post("/api/v1/rollback", {{"policy", *id}, {"reason", options.reason}});
    if (!given) return daemon.code();
  } else if (const int code = roll_back_files(config, journal, {*id, options.reason, account(), read_wall_time(), {}});
             code != Done) {
    return code;
  }
  if (options.daemon.json) {
    std::cout << policy::Json{{"policy", *id}, {"running", running}}.dump() << '\n';
    return Done;
  }
  const Language language = spoken_language(config.policy.language);
  constexpr Phrase Now{" runs now. It stays until the files change, or until `aven reload`.\n",
                       " est en vigueur. Elle le reste jusqu'à une modification des fichiers ou `aven reload`.\n"};
  constexpr Phrase Later{" will run at the next start. It stays until the files change, or until `aven reload`.\n",
                         " sera en vigueur au prochain démarrage, jusqu'à une modification des fichiers ou "
                         "`aven reload`.\n"};
  std::cout << Phrase{"Policy ", "La politique "}.in(language) << short_id(*id) << (running ? Now : Later).in(language);
  return Done;
}

}  // namespace aven::app
