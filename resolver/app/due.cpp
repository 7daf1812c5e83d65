#include "app/due.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

namespace aven::app {
namespace {

using Why = DueRule::Why;

// In the order of Why's values.
constexpr std::array<Phrase, 3> Reasons{{{"ends on ", "prend fin le "},
                                         {"review due by ", "à réviser avant le "},
                                         {"review overdue since ", "révision en retard depuis le "}}};
constexpr std::array<const char*, 3> Keys{"ends", "review", "review_overdue"};

}  // namespace

std::vector<DueRule> rules_due(const LoadedSet& set, WallTime now, std::chrono::seconds within) {
  const auto& policy = *set.loaded.policy;
  const auto local = set.loaded.calendar->local(now);
  std::vector<DueRule> due;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const policy::Rule& rule = policy.rule(i);
    const auto& until = rule.validity.until;
    if (rule.mode == policy::Mode::Off || (until && *until <= local)) continue;
    if (until && *until - local <= within) due.push_back({*until, rule.full_id(), Why::Ends, last_day(rule.validity)});
    if (!rule.review_by) continue;
    const date::local_seconds review{*rule.review_by};
    if (review - local > within) continue;
    const bool late = review + date::days{1} <= local;
    due.push_back(
        {review, rule.full_id(), late ? Why::ReviewOverdue : Why::Review, date::format("%F", *rule.review_by)});
  }
  std::sort(due.begin(), due.end(), [](const DueRule& a, const DueRule& b) {
    return std::tie(a.when, a.rule, a.why) < std::tie(b.when, b.rule, b.why);
  });
  return due;
}

std::string to_words(const std::vector<DueRule>& due, Language language) {
  std::string text;
  for (const auto& one : due) {
    text += one.rule + ": " + std::string{Reasons[static_cast<std::size_t>(one.why)].in(language)} + one.day + '\n';
  }
  return text;
}

std::string to_json(const std::vector<DueRule>& due) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& one : due) {
    list.push_back({{"rule", one.rule}, {"why", Keys[static_cast<std::size_t>(one.why)]}, {"day", one.day}});
  }
  return list.dump(2);
}

}  // namespace aven::app
