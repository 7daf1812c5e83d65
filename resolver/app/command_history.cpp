#include <algorithm>
#include <date/date.h>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/history_words.h"
#include "app/journal_reader.h"
#include "app/loading.h"
#include "policy/calendar.h"

namespace aven::app {
namespace {

bool is_about(const JournalLine& line, const std::string& rule) {
  const auto& change = line.change;
  return change.rule == rule ||
         std::any_of(change.rules.begin(), change.rules.end(), [&](const auto& one) { return one.rule == rule; });
}

// The line as far as it is about one rule.
JournalLine narrowed(JournalLine line, const std::string& rule) {
  std::erase_if(line.change.rules, [&](const auto& one) { return one.rule != rule; });
  return line;
}

int print_verification(const ReadJournal& journal, Language language) {
  const auto say = [&](Phrase phrase) { return std::string{phrase.in(language)}; };
  bool harmed = false;
  for (const auto& finding : journal.findings) {
    harmed = harmed || is_harm(finding.kind);
    std::cout << to_words(finding, language) << '\n';
  }
  std::cout << journal.lines.size() << say({" lines, the last is number ", " lignes, la dernière porte le numéro "})
            << journal.last.number << ", SHA-256 " << journal.last.sha256 << '\n';
  std::cout << say(harmed ? Phrase{"The journal is NOT whole.\n", "Le journal n'est PAS intact.\n"}
                          : Phrase{"No line was changed, taken out or cut off.\n",
                                   "Aucune ligne n'a été modifiée, retirée ni coupée.\n"});
  std::cout << say(
      {"Not proven: that nobody with write access made the whole folder anew. Compare the hash with the one\n"
       "in the system log (\"journal NUMBER EVENT HASH\"), best on another machine.\n",
       "Non prouvé : que personne ayant le droit d'écrire n'a refait tout le dossier. Comparez l'empreinte à\n"
       "celle du journal système (« journal NUMÉRO ÉVÉNEMENT EMPREINTE »), de préférence sur une autre machine.\n"});
  return harmed ? ProblemsFound : Done;
}

}  // namespace

int history(const HistoryOptions& options) {
  Places places;
  places.config = options.config;
  const LoadedSet set = Loading{places}.configuration();
  const auto calendar = policy::Calendar::for_zone(set.config.policy.timezone, set.config.policy.timezone_rule);
  std::optional<WallTime> since;
  if (!options.since.empty()) {
    const auto moment = policy::parse_moment(options.since, policy::DayEnd::No);
    if (!moment || !calendar) {
      std::cerr << "aven history: --since \"" << options.since << "\": " << (moment ? calendar.error() : moment.error())
                << '\n';
      return WrongUsage;
    }
    since = calendar->utc(*moment);
  }
  const auto folder = set.config.state / "journal";
  const ReadJournal journal = read_journal(folder);
  const Language language = spoken_language(set.config.policy.language);
  if (journal.lines.empty() && journal.findings.empty()) {
    std::cerr << folder.string() << ": there is no journal\n";
    return ProblemsFound;
  }
  if (options.verify) return print_verification(journal, language);
  for (const auto& line : journal.lines) {
    if (since && line.at < *since) continue;
    if (!options.rule.empty() && !is_about(line, options.rule)) continue;
    const JournalLine shown = options.rule.empty() ? line : narrowed(line, options.rule);
    std::cout << (options.json ? to_text(shown) + '\n' : to_words(shown, language));
  }
  return Done;
}

}  // namespace aven::app
