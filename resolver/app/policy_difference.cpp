#include "app/policy_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "policy/rule_text.h"

namespace aven::app {
namespace {

using policy::Policy;
using policy::Rule;

using Values = std::set<std::string>;
using Fields = std::map<std::string, Values>;

Values prefixes(const std::vector<Prefix>& list) {
  Values out;
  for (const auto& prefix : list) out.insert(prefix.text());
  return out;
}

Values patterns(const std::vector<policy::PatternSource>& sources) {
  Values out;
  for (const auto& source : sources) {
    if (source.list) continue;
    source.patterns.for_each(
        [&](std::size_t, const policy::Pattern& pattern) { out.insert(policy::to_text(pattern)); });
  }
  return out;
}

Values texts(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

Fields fields_of(const Rule& rule) {
  Fields fields;
  const auto text = [&](const char* field, const std::string& value) {
    if (!value.empty()) fields[field] = {value};
  };
  text("action", std::string{policy::action_key(rule.action)});
  text("mode", std::string{policy::mode_key(rule.mode)});
  text("valid_from", rule.validity.from ? policy::first_day(*rule.validity.from) : std::string{});
  text("valid_until", policy::last_day(rule.validity));
  text("review_by", rule.review_by ? date::format("%F", *rule.review_by) : std::string{});
  text("reason", rule.reason.in("en"));
  text("legal_basis", rule.legal_basis);
  text("owner", rule.owner);
  text("target", rule.target);
  text("priority", std::to_string(rule.priority));
  fields["domains"] = patterns(rule.domains);
  fields["except"] = patterns(rule.except);
  fields["names"] = texts(rule.name_sets);
  fields["groups"] = texts(rule.groups);
  fields["exempts"] = texts(rule.exempts);
  fields["clients"] = prefixes(rule.clients);
  fields["except_clients"] = prefixes(rule.except_clients);
  fields["addresses"] = prefixes(rule.addresses);
  for (const auto& list : rule.lists) fields["lists"].insert(list.file);
  return fields;
}

// What is in `some` and not in `others`.
std::string only_in(const Values& some, const Values& others) {
  std::string out;
  for (const auto& value : some) {
    if (!others.contains(value)) out += (out.empty() ? "" : ", ") + value;
  }
  return out;
}

std::vector<FieldChange> changes(const Fields& before, const Fields& after) {
  static const Values Nothing;
  const auto of = [](const Fields& fields, const std::string& key) -> const Values& {
    const auto found = fields.find(key);
    return found == fields.end() ? Nothing : found->second;
  };
  std::set<std::string> keys;
  for (const auto& [key, values] : before) keys.insert(key);
  for (const auto& [key, values] : after) keys.insert(key);
  std::vector<FieldChange> out;
  for (const auto& key : keys) {
    const auto &old = of(before, key), &now = of(after, key);
    if (old != now) out.push_back({key, only_in(old, now), only_in(now, old)});
  }
  return out;
}

std::map<std::string, const Rule*> rules_of(const Policy& policy) {
  std::map<std::string, const Rule*> rules;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) rules[policy.rule(i).full_id()] = &policy.rule(i);
  return rules;
}

}  // namespace

std::vector<RuleChange> policy_difference(const Policy& before, const Policy& after) {
  const auto old = rules_of(before), now = rules_of(after);
  std::vector<RuleChange> out;
  for (const auto& [id, rule] : old) {
    const auto same = now.find(id);
    if (same == now.end()) {
      out.push_back({RuleChange::Kind::Removed, id, changes(fields_of(*rule), {})});
      continue;
    }
    auto fields = changes(fields_of(*rule), fields_of(*same->second));
    if (!fields.empty()) out.push_back({RuleChange::Kind::Changed, id, std::move(fields)});
  }
  for (const auto& [id, rule] : now) {
    if (!old.contains(id)) out.push_back({RuleChange::Kind::Added, id, changes({}, fields_of(*rule))});
  }
  std::sort(out.begin(), out.end(), [](const RuleChange& a, const RuleChange& b) { return a.rule < b.rule; });
  return out;
}

}  // namespace aven::app
