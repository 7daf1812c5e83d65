#include "app/rule_diff.h"

#include <algorithm>
#include <date/date.h>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "app/journal_line.h"
#include "dns/text.h"
#include "policy/rule_file.h"
#include "policy/rule_text.h"

namespace aven::app {
namespace {

using policy::Rule;

constexpr std::size_t MostPerField = 200;  // more are only counted

// A field with its values; those of which there is one are told "before -> after", others each by itself.
struct Field {
  std::string key;
  std::vector<std::string> values;
  bool is_list = false;
};
using Fields = std::vector<Field>;

std::vector<std::string> names_of(const std::vector<policy::PatternSource>& sources) {
  std::vector<std::string> out;
  for (const auto& source : sources) {
    if (source.list) continue;  // lists are told by their content as a whole
    source.patterns.for_each([&](std::size_t, const policy::Pattern& pattern) { out.push_back(to_text(pattern)); });
  }
  return out;
}

std::vector<std::string> texts_of(const std::vector<Prefix>& prefixes) {
  std::vector<std::string> out;
  for (const auto& prefix : prefixes) out.push_back(prefix.text());
  return out;
}

std::vector<std::string> texts_of(const std::optional<std::vector<IpAddress>>& addresses) {
  std::vector<std::string> out;
  for (const auto& address : addresses.value_or(std::vector<IpAddress>{})) out.push_back(address.text());
  return out;
}

std::vector<std::string> schedule_of(const Rule& rule) {
  static constexpr const char* Days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  std::vector<std::string> out;
  for (const auto& window : rule.validity.schedule) {
    std::string text;
    for (std::size_t i = 0; i < window.days.size(); ++i) {
      if (window.days[i]) (text += text.empty() ? "" : ",") += Days[i];
    }
    out.push_back(text + ' ' + date::format("%R", window.from) + '-' + date::format("%R", window.to));
  }
  return out;
}

std::vector<std::string> lists_of(const Rule& rule, const std::vector<ArchivedList>& lists) {
  std::vector<std::string> out;
  for (const auto& reference : rule.lists) {
    std::string text = reference.name();
    for (const auto& list : lists) {
      if (list.file != reference.name() || list.format != reference.format) continue;
      text += " (" + std::to_string(list.entries) + " names, " + list.sha256.substr(0, 12) + ')';
    }
    out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> types_of(const Rule& rule) {
  std::vector<std::string> out;
  for (const auto type : rule.types) out.push_back(dns::to_text(type));
  return out;
}

Fields fields_of(const Rule& rule, const std::vector<ArchivedList>& lists) {
  const auto& valid = rule.validity;
  const auto day = [](const std::optional<date::local_days>& when) { return when ? date::format("%F", *when) : ""; };
  static constexpr const char* EdeKeys[] = {"blocked", "censored", "filtered"};
  Fields fields;
  const auto one = [&](const char* key, std::string value) { fields.push_back({key, {std::move(value)}, false}); };
  const auto many = [&](const char* key, std::vector<std::string> values) {
    fields.push_back({key, std::move(values), true});
  };
  one("action", std::string{policy::action_key(rule.action)});
  one("mode", std::string{policy::mode_key(rule.mode)});
  many("domains", names_of(rule.domains));
  many("except", names_of(rule.except));
  many("lists", lists_of(rule, lists));
  many("types", types_of(rule));
  many("addresses", texts_of(rule.addresses));
  one("target", rule.target);
  many("groups", rule.groups);
  many("clients", texts_of(rule.clients));
  many("except_clients", texts_of(rule.except_clients));
  many("exempts", rule.exempts);
  many("schedule", schedule_of(rule));
  one("valid_from", valid.from ? policy::first_day(*valid.from) : "");
  one("valid_until", policy::last_day(valid));
  one("review_by", day(rule.review_by));
  one("title.en", rule.title.en);
  one("title.fr", rule.title.fr);
  one("reason.en", rule.reason.en);
  one("reason.fr", rule.reason.fr);
  one("legal_basis", rule.legal_basis);
  one("owner", rule.owner);
  many("contact", rule.contact);
  one("category", rule.category);
  one("ede", EdeKeys[static_cast<std::size_t>(rule.ede)]);
  one("priority", std::to_string(rule.priority));
  many("answer.ipv4", texts_of(rule.answer.ipv4));
  many("answer.ipv6", texts_of(rule.answer.ipv6));
  one("answer.ttl", rule.answer.ttl ? std::to_string(*rule.answer.ttl) : "");
  return fields;
}

Fields without_values(Fields fields) {
  for (auto& field : fields) field.values.assign(field.is_list ? 0 : 1, "");
  return fields;
}

void add_differences(const std::string& key, std::vector<std::string> before, std::vector<std::string> after,
                     std::vector<FieldChange>& out) {
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  const auto add = [&](const auto& from, const auto& less, bool added) {
    std::vector<std::string> only;
    std::set_difference(from.begin(), from.end(), less.begin(), less.end(), std::back_inserter(only));
    const std::size_t all = only.size();
    if (all > MostPerField) only.resize(MostPerField);
    for (auto& value : only) {
      out.push_back(added ? FieldChange{key, "", std::move(value)} : FieldChange{key, std::move(value), ""});
    }
    const std::string more = "... " + std::to_string(all - only.size());
    if (all > only.size()) out.push_back(added ? FieldChange{key, "", more} : FieldChange{key, more, ""});
  };
  add(before, after, false);
  add(after, before, true);
}

std::vector<FieldChange> differences(const Fields& before, const Fields& after) {
  std::vector<FieldChange> out;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].values == after[i].values) continue;
    if (before[i].is_list) {
      add_differences(before[i].key, before[i].values, after[i].values, out);
    } else {
      out.push_back({before[i].key, before[i].values.front(), after[i].values.front()});
    }
  }
  return out;
}

// What each pack forbids to block is told as a field of a rule with the pack's name.
std::map<std::string, std::vector<std::string>> must_resolve_of(const policy::RuleSet& rules) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& must : rules.must_resolve) out[must.pack].push_back(must.name.text());
  return out;
}

// The top keys of aven.json with their values.
std::map<std::string, std::string> settings_of(const InputTexts& texts) {
  std::map<std::string, std::string> out;
  if (!texts.config) return out;
  const auto json = nlohmann::ordered_json::parse(texts.config->text, nullptr, false, true);
  if (!json.is_object()) return out;
  for (const auto& [key, value] : json.items()) {
    out[key] = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  return out;
}

template <class Value, class Visit>
void for_each_pair(const std::map<std::string, Value>& before, const std::map<std::string, Value>& after,
                   Visit&& visit) {
  auto keys = before;
  keys.insert(after.begin(), after.end());
  for (const auto& [key, ignored] : keys) {
    const auto a = before.find(key), b = after.find(key);
    visit(key, a == before.end() ? nullptr : &a->second, b == after.end() ? nullptr : &b->second);
  }
}

using RulesById = std::map<std::string, const Rule*>;

RulesById by_id(const policy::RuleSet& rules) {
  RulesById out;
  for (const auto& rule : rules.rules) out[rule.full_id()] = &rule;
  return out;
}

RulesById by_id(const policy::Policy& policy) {
  RulesById out;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) out[policy.rule(i).full_id()] = &policy.rule(i);
  return out;
}

struct Side {
  RulesById rules;
  const std::vector<ArchivedList>& lists;
};

std::vector<RuleChange> changes_between(const Side& before, const Side& after) {
  using Kind = RuleChange::Kind;
  std::vector<RuleChange> out;
  for_each_pair(before.rules, after.rules, [&](const std::string& id, auto* a, auto* b) {
    const Kind kind = a == nullptr ? Kind::Added : b == nullptr ? Kind::Removed : Kind::Changed;
    const Fields was = a == nullptr ? without_values(fields_of(**b, after.lists)) : fields_of(**a, before.lists);
    const Fields is = b == nullptr ? without_values(was) : fields_of(**b, after.lists);
    auto fields = differences(was, is);
    if (!fields.empty()) out.push_back({kind, id, std::move(fields)});
  });
  return out;
}

}  // namespace

std::vector<ArchivedList> archived(const std::vector<UsedList>& lists) {
  std::vector<ArchivedList> out;
  for (const auto& list : lists) out.push_back({list.file, list.format, list.sha256, list.entries});
  return out;
}

std::string to_json(const std::vector<RuleChange>& changes) {
  JournalLine line;
  line.change.rules = changes;
  const auto json = nlohmann::ordered_json::parse(to_text(line));
  return json.value("rules", nlohmann::ordered_json::array()).dump(2);
}

std::vector<RuleChange> rule_changes(const policy::Policy& before, const policy::Policy& after) {
  const std::vector<ArchivedList> unknown;
  return changes_between({by_id(before), unknown}, {by_id(after), unknown});
}

std::vector<RuleChange> rule_changes(const PolicyInputs& before, const PolicyInputs& after) {
  const auto rules_before = policy::load_rules(before.texts.rules).rules;
  const auto rules_after = policy::load_rules(after.texts.rules).rules;
  auto out = changes_between({by_id(rules_before), before.lists}, {by_id(rules_after), after.lists});
  for_each_pair(must_resolve_of(rules_before), must_resolve_of(rules_after), [&](const auto& pack, auto* a, auto* b) {
    RuleChange change{RuleChange::Kind::Changed, pack, {}};
    using Names = std::vector<std::string>;
    add_differences("must_resolve", a ? *a : Names{}, b ? *b : Names{}, change.fields);
    if (!change.fields.empty()) out.push_back(std::move(change));
  });
  RuleChange settings{RuleChange::Kind::Changed, "aven.json", {}};
  for_each_pair(settings_of(before.texts), settings_of(after.texts), [&](const auto& key, auto* a, auto* b) {
    if (!a || !b || *a != *b) settings.fields.push_back({key, a ? *a : "", b ? *b : ""});
  });
  if (!settings.fields.empty()) out.push_back(std::move(settings));
  return out;
}

}  // namespace aven::app
