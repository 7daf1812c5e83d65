#include "app/due.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace aven::app {
namespace {

struct Due {
  date::local_seconds when;
  std::string rule, text;
};

}  // namespace

std::string due_words(const LoadedSet& set, WallTime now, std::chrono::seconds within, Language language) {
  const auto& policy = *set.loaded.policy;
  const auto local = set.loaded.calendar->local(now);
  std::vector<Due> due;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const policy::Rule& rule = policy.rule(i);
    const auto& until = rule.validity.until;
    if (rule.mode == policy::Mode::Off || (until && *until <= local)) continue;
    const auto add = [&](date::local_seconds when, Phrase phrase, const std::string& day) {
      due.push_back({when, rule.full_id(), std::string{phrase.in(language)} + day});
    };
    if (until && *until - local <= within) add(*until, {"ends on ", "prend fin le "}, last_day(rule.validity));
    if (!rule.review_by) continue;
    const date::local_seconds review{*rule.review_by};
    if (review - local > within) continue;
    const bool late = review + date::days{1} <= local;
    add(review,
        late ? Phrase{"review overdue since ", "révision en retard depuis le "}
             : Phrase{"review due by ", "à réviser avant le "},
        date::format("%F", *rule.review_by));
  }
  std::sort(due.begin(), due.end(),
            [](const Due& a, const Due& b) { return std::tie(a.when, a.rule) < std::tie(b.when, b.rule); });
  std::string text;
  for (const auto& one : due) text += one.rule + ": " + one.text + '\n';
  return text;
}

}  // namespace aven::app
