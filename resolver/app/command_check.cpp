#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "app/commands.h"
#include "app/due.h"
#include "app/loading.h"
#include "app/page_files.h"
#include "app/summary.h"
#include "app/time_span.h"
#include "app/topology_checks.h"
#include "base/tick.h"
#include "policy/explain.h"

namespace aven::app {
namespace {

using policy::Severity;

std::size_t count(const policy::Problems& problems, Severity severity) {
  return static_cast<std::size_t>(std::count_if(problems.begin(), problems.end(),
                                                [&](const auto& problem) { return problem.severity == severity; }));
}

std::string number_of(std::size_t number, const std::string& what) {
  return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

// Records come before rules: one that a rule names too is worth a second look.
policy::Problems record_overlaps(const LoadedSet& set, WallTime now) {
  policy::Problems problems;
  const auto& policy = *set.loaded.policy;
  const auto& records = set.config.policy.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto told =
        policy::explain(policy, *set.loaded.calendar, records[i].owner, records[i].type, IpAddress{}, now);
    for (const auto& match : told.matches) {
      const auto& rule = policy.rule(match.rule);
      if (rule.mode == policy::Mode::Off || rule.action == policy::Action::Allow) continue;
      problems.push_back({set.config.policy.file, "/records/" + std::to_string(i),
                          "the rule " + rule.full_id() + " names " + records[i].owner.text() +
                              " too; the record is answered, the rule does not apply to it",
                          Severity::Warning});
    }
  }
  return problems;
}

// Without its files the page is not served; DNS is, so they refuse nothing.
policy::Problems page_problems(const LoadedSet& set, WallTime now) {
  if (!set.config.status.listen) return {};
  auto problems = read_page_files(set.config, now).problems;
  for (auto& problem : problems) problem.severity = Severity::Warning;
  return problems;
}

}  // namespace

int check(const std::string& config) {
  Places places;
  places.config = config;
  const WallTime now = read_wall_time();
  const LoadedSet set = Loading{places}.from_files(1, now);
  auto problems = set.loaded.problems;
  if (set.loaded.usable()) {
    for (auto& overlap : record_overlaps(set, now)) problems.push_back(std::move(overlap));
    for (auto& warning : topology_warnings(set.config)) problems.push_back(std::move(warning));
    for (auto& problem : page_problems(set, now)) problems.push_back(std::move(problem));
  }
  for (const auto& problem : problems) std::cout << policy::to_text(problem) << '\n';

  const std::size_t errors = count(problems, Severity::Error);
  if (errors > 0) {
    std::cout << number_of(errors, "error") << ": these files are refused; what runs stays as it is.\n";
    return ProblemsFound;
  }
  std::cout << summary(set, set.config.listen, now);
  const std::size_t warnings = count(problems, Severity::Warning);
  std::cout << "Good" << (warnings > 0 ? ", with " + number_of(warnings, "warning") : "") << ".\n";
  return Done;
}

int check_due(const DueOptions& options) {
  const auto& [config, span, json] = options;
  const auto within = parse_span(span);
  if (!within) {
    std::cerr << "aven check: --due \"" << span << "\" is no span of time such as 30d\n";
    return WrongUsage;
  }
  Places places;
  places.config = config;
  const WallTime now = read_wall_time();
  const LoadedSet set = Loading{places}.from_files(1, now);
  if (!set.loaded.usable()) return check(config);
  const Language language = spoken_language(set.config.policy.language);
  const auto due = rules_due(set, now, *within);
  constexpr Phrase None{"No rule ends or is due for review within ",
                        "Aucune règle ne prend fin ni n'est à réviser sous "};
  if (json) {
    std::cout << to_json(due) << '\n';
  } else {
    std::cout << (due.empty() ? std::string{None.in(language)} + span + ".\n" : to_words(due, language));
  }
  return due.empty() ? Done : ProblemsFound;
}

}  // namespace aven::app
