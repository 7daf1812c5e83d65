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
  const auto lifts = [&](RuleIndex rule, bool now) {
    return on[rule] == now && policy.rule(rule).mode == Mode::Enforce && !policy.exempted_by(rule).empty();
  };
  for (RuleIndex rule = 0; rule < rules_; ++rule) {
    if (lifts(rule, false)) lift_later(policy, rule, next[rule]);
  }
  for (RuleIndex rule = 0; rule < rules_; ++rule) {
    if (lifts(rule, true)) lift(policy, rule, next[rule]);
  }
}

// What an `exempts` rule names is on for its clients until the exemption starts.
void Activity::lift_later(const Policy& policy, RuleIndex lifting, Tick starts) {
  for_each_lifted(policy, lifting, [&](std::size_t at) {
    if (on_[at]) changes_[at] = std::min(changes_[at], starts);
  });
}

// What an `exempts` rule names is off for its clients until the exemption ends.
void Activity::lift(const Policy& policy, RuleIndex lifting, Tick ends) {
  for_each_lifted(policy, lifting, [&](std::size_t at) {
    changes_[at] = on_[at] ? ends : std::max(ends, changes_[at]);
    on_[at] = false;
  });
}

// Calls visit(place) for each lifted rule in each class of clients that the lifting rule speaks to.
template <class Visit>
void Activity::for_each_lifted(const Policy& policy, RuleIndex lifting, Visit&& visit) {
  for (const RuleIndex lifted : policy.exempted_by(lifting)) {
    for (std::size_t c = 0; c < policy.class_count(); ++c) {
      if (!speaks_to(policy.client_class(static_cast<ClassIndex>(c)), lifting)) continue;
      visit(c * rules_ + lifted);
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
