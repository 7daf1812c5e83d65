#include <algorithm>
#include <map>
#include <optional>

#include "policy/policy.h"

namespace aven::policy {
namespace {

// A change that is further off counts as none: a tick reaches 292 years, and control looks again long before.
constexpr auto Foreseeable = std::chrono::hours{24 * 400};

bool may_be_lifted(const Rule& rule) noexcept {
  return rule.mode == Mode::Enforce && rule.action != Action::Allow;
}

std::optional<RuleIndex> find_rule(const Policy& policy, const std::string& full_id) {
  for (RuleIndex i = 0; i < policy.rule_count(); ++i) {
    if (policy.rule(i).full_id() == full_id) return i;
  }
  return std::nullopt;
}

bool speaks_to(const ClientClass& client, RuleIndex rule) noexcept {
  return (client.rules[rule / 64] >> rule % 64 & 1) != 0;
}

}  // namespace

Activity::Activity(const Policy& policy, const Calendar& calendar, WallTime wall, Tick tick, const Lifts& lifts)
    : generation_(policy.generation()), rules_(policy.rule_count()), classes_(policy.class_count()) {
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
  const auto exempts = [&](RuleIndex rule, bool now) {
    return on[rule] == now && policy.rule(rule).mode == Mode::Enforce && !policy.exempted_by(rule).empty();
  };
  for (RuleIndex rule = 0; rule < rules_; ++rule) {
    if (exempts(rule, false)) lift_later(policy, rule, next[rule]);
  }
  for (RuleIndex rule = 0; rule < rules_; ++rule) {
    if (exempts(rule, true)) lift(policy, rule, next[rule]);
  }
  for (const auto& one : lifts.pauses) {
    if (one.record.until > wall) pause(policy, one, tick + (one.record.until - wall));
  }
  add_exempt_rows(policy, lifts.exemptions);
  lift_exemptions(policy, lifts.exemptions, wall, tick);
}

// What an `exempts` rule names is on for its clients until the exemption starts.
void Activity::lift_later(const Policy& policy, RuleIndex lifting, Tick starts) {
  for_each_lifted(policy, lifting, [&](std::size_t at) {
    if (on_[at]) changes_[at] = std::min(changes_[at], starts);
  });
}

// What an `exempts` rule names is off for its clients until the exemption ends.
void Activity::lift(const Policy& policy, RuleIndex lifting, Tick ends) {
  for_each_lifted(policy, lifting, [&](std::size_t at) { lift_at(at, ends); });
}

void Activity::lift_at(std::size_t place, Tick ends) {
  changes_[place] = on_[place] ? ends : std::max(ends, changes_[place]);
  on_[place] = false;
}

void Activity::pause(const Policy& policy, const Pause& pause, Tick ends) {
  for (RuleIndex rule = 0; rule < rules_; ++rule) {
    if (!may_be_lifted(policy.rule(rule))) continue;
    if (pause.scope == PauseScope::Rule && policy.rule(rule).full_id() != pause.target) continue;
    for (std::size_t c = 0; c < classes_; ++c) {
      const auto group = policy.client_class(static_cast<ClassIndex>(c)).group;
      if (pause.scope == PauseScope::Group && policy.group_names()[group] != pause.target) continue;
      lift_at(c * rules_ + rule, ends);
    }
  }
  next_change_ = std::min(next_change_, ends);
}

// Each exempted client gets a row of its own that starts as that of its class.
void Activity::add_exempt_rows(const Policy& policy, const std::vector<Exemption>& exemptions) {
  std::map<IpAddress, ExemptIndex> known;
  std::vector<PrefixTable::Entry> entries;
  for (const auto& exemption : exemptions) {
    const IpAddress client = exemption.client.unmapped();
    const auto number = static_cast<ExemptIndex>(classes_of_exempt_.size() + 1);
    if (!known.try_emplace(client, number).second) continue;
    entries.push_back({{client, static_cast<std::uint8_t>(client.is_v4() ? 32 : 128)}, number});
    classes_of_exempt_.push_back(policy.class_of(client));
    const auto start = static_cast<std::ptrdiff_t>(classes_of_exempt_.back() * rules_);
    const auto end = start + static_cast<std::ptrdiff_t>(rules_);
    const std::vector<bool> on(on_.begin() + start, on_.begin() + end);
    const std::vector<Tick> changes(changes_.begin() + start, changes_.begin() + end);
    on_.insert(on_.end(), on.begin(), on.end());
    changes_.insert(changes_.end(), changes.begin(), changes.end());
  }
  exempt_clients_ = PrefixTable::build(entries);
}

void Activity::lift_exemptions(const Policy& policy, const std::vector<Exemption>& exemptions, WallTime wall,
                               Tick tick) {
  for (const auto& exemption : exemptions) {
    const auto rule = find_rule(policy, exemption.rule);
    if (!rule || !may_be_lifted(policy.rule(*rule)) || exemption.record.until <= wall) continue;
    const Tick ends = tick + (exemption.record.until - wall);
    lift_at(row_of(0, exempt(exemption.client)) * rules_ + *rule, ends);
    next_change_ = std::min(next_change_, ends);
  }
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

bool Activity::on(Row row, RuleIndex rule) const noexcept {
  return on_[row * rules_ + rule];
}
Tick Activity::changes(Row row, RuleIndex rule) const noexcept {
  return changes_[row * rules_ + rule];
}

}  // namespace aven::policy
