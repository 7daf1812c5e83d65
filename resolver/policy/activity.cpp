#include <algorithm>

#include "policy/policy.h"

namespace aven::policy {
namespace {

// A change that is further off counts as none: a tick reaches 292 years, and control looks again long before.
constexpr auto Foreseeable = std::chrono::hours{24 * 400};

bool speaks_to(const ClientClass& client, RuleIndex rule) noexcept {
  return (client.rules[rule / 64] >> rule % 64 & 1) != 0;
}

}  // namespace

Activity::Activity(const Policy& policy, const Calendar& calendar, WallTime wall, Tick tick)
    : generation_(policy.generation()), rules_(policy.rule_count()) {
  std::vector<Tick> next(rules_, Never);
  std::vector<bool> on(rules_);
  for (RuleIndex i = 0; i < rules_; ++i) {
    const Rule& rule = policy.rule(i);
    on[i] = rule.validity.always();
    if (!on[i]) {
      const auto state = calendar.at(rule.validity, wall);
      on[i] = state.on;
      if (state.changes && *state.changes - wall < Foreseeable) next[i] = tick + (*state.changes - wall);
    }
    on[i] = on[i] && rule.mode != Mode::Off;
    next_change_ = std::min({next_change_, next[i], tick + Foreseeable});
  }

  on_.reserve(policy.class_count() * rules_);
  changes_.reserve(policy.class_count() * rules_);
  for (std::size_t c = 0; c < policy.class_count(); ++c) {
    on_.insert(on_.end(), on.begin(), on.end());
    changes_.insert(changes_.end(), next.begin(), next.end());
  }
  for (RuleIndex lifting = 0; lifting < rules_; ++lifting) {
    if (on[lifting] && policy.rule(lifting).mode == Mode::Enforce) lift(policy, lifting, next[lifting]);
  }
}

// What an `exempts` rule names is off for its clients until the exemption ends.
void Activity::lift(const Policy& policy, RuleIndex lifting, Tick ends) {
  for (const RuleIndex lifted : policy.exempted_by(lifting)) {
    for (std::size_t c = 0; c < policy.class_count(); ++c) {
      if (!speaks_to(policy.client_class(static_cast<ClassIndex>(c)), lifting)) continue;
      const std::size_t at = c * rules_ + lifted;
      changes_[at] = on_[at] ? ends : std::max(ends, changes_[at]);
      on_[at] = false;
    }
  }
}

bool Activity::on(ClassIndex client, RuleIndex rule) const noexcept {
  return on_[client * rules_ + rule];
}
Tick Activity::changes(ClassIndex client, RuleIndex rule) const noexcept {
  return changes_[client * rules_ + rule];
}

}  // namespace aven::policy
