#include "policy/rule_checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <xxhash.h>

#include "policy/policy.h"
#include "policy/public_suffix.h"

namespace aven::policy {
namespace {

constexpr int ReviewWarningDays = 30;

// Big lists are asked about what a country's second level looks like (`co.uk`, `com.br`): half a microsecond a name is
// too dear for all of a million names.
constexpr std::size_t BigList = 65536;
constexpr std::size_t ShortLabel = 3;

void tell(Problems& problems, const Rule& rule, std::string_view key, std::string text, Severity severity) {
  problems.push_back({rule.file, rule.pointer + '/' + std::string{key}, std::move(text), severity});
}

void check_required(const Rule& rule, const PolicySettings& settings, Problems& problems) {
  static const std::map<std::string, bool (*)(const Rule&)> given{
      {"owner", [](const Rule& r) { return !r.owner.empty(); }},
      {"reason", [](const Rule& r) { return !r.reason.en.empty() || !r.reason.fr.empty(); }},
      {"legal_basis", [](const Rule& r) { return !r.legal_basis.empty(); }},
      {"valid_until", [](const Rule& r) { return r.validity.until.has_value(); }},
      {"review_by", [](const Rule& r) { return r.review_by.has_value(); }},
      {"contact", [](const Rule& r) { return !r.contact.empty(); }}};
  for (const auto& key : settings.require) {
    const auto check = given.find(key);
    if (check == given.end() || check->second(rule)) continue;
    tell(problems, rule, key, "is missing, and aven.json requires it of enforced rules", Severity::Error);
  }
}

void check_dates(const Rule& rule, date::local_seconds now, Problems& problems) {
  if (rule.validity.until && *rule.validity.until <= now) {
    tell(problems, rule, "valid_until", "the rule " + rule.full_id() + " has ended", Severity::Warning);
  } else if (rule.review_by && date::local_seconds{*rule.review_by} <= now + date::days{ReviewWarningDays}) {
    const auto day = date::format("%F", *rule.review_by);
    tell(problems, rule, "review_by", "the rule " + rule.full_id() + " is due for review by " + day, Severity::Warning);
  }
}

bool may_be_public_suffix(const PatternSource& source, const Pattern& pattern) {
  if (pattern.form != PatternForm::Suffix && pattern.form != PatternForm::Below) return false;
  if (source.patterns.size() <= BigList) return true;
  return pattern.name.label_count() == 1 || (pattern.name.label_count() == 2 && pattern.name.wire()[0] <= ShortLabel);
}

// A capital that stands for itself: behind no backslash, in no class, in no name of a group. False where `(?i)` is.
bool has_literal_capital(std::string_view expression) {
  bool found = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const auto rest = expression.substr(i);
    std::size_t skipped = 0;
    if (rest[0] == '\\') {
      const bool braces = rest.size() > 2 && rest[2] == '{';  // \p{Greek}
      skipped = braces ? std::min(rest.find('}'), rest.size()) : 1;
    } else if (rest[0] == '[') {
      const std::size_t first = rest.starts_with("[^") ? 3 : 2;  // a `]` before it stands for itself
      skipped = std::min(rest.find(']', first), rest.size());
      while (skipped < rest.size() && rest[skipped - 1] == '\\')
        skipped = std::min(rest.find(']', skipped + 1), rest.size());
    } else if (rest.starts_with("(?P<")) {
      skipped = std::min(rest.find('>'), rest.size());
    } else if (rest.starts_with("(?")) {
      if (rest.substr(0, rest.find_first_of(":)")).find('i') != std::string_view::npos) return false;
    }
    found = found || (skipped == 0 && rest[0] >= 'A' && rest[0] <= 'Z');
    i += skipped;
  }
  return found;
}

// All that makes a rule do what it does, but for its names and its id.
std::string conditions_of(const Rule& rule) {
  std::string text = std::to_string(static_cast<int>(rule.action)) + ' ' + std::to_string(static_cast<int>(rule.mode)) +
                     ' ' + std::to_string(rule.priority) + ' ' + rule.target;
  const auto moment = [&](const std::optional<date::local_seconds>& at) {
    text += at ? ' ' + std::to_string(at->time_since_epoch().count()) : std::string{" -"};
  };
  const auto prefixes = [&](const std::vector<Prefix>& list) {
    text += '|';
    for (const auto& prefix : std::set<Prefix>(list.begin(), list.end())) text += prefix.text() + ' ';
  };
  const auto words = [&](const std::vector<std::string>& list) {
    text += '|';
    for (const auto& word : std::set<std::string>(list.begin(), list.end())) text += word + ' ';
  };
  for (const auto* list : {&rule.addresses, &rule.clients, &rule.except_clients}) prefixes(*list);
  for (const auto* list : {&rule.groups, &rule.exempts}) words(*list);
  for (const auto type : std::set<dns::Type>(rule.types.begin(), rule.types.end()))
    text += ' ' + std::to_string(static_cast<unsigned>(type));
  moment(rule.validity.from);
  moment(rule.validity.until);
  for (const auto& window : rule.validity.schedule) {
    for (const bool day : window.days) text += day ? '1' : '0';
    text += std::to_string(window.from.count()) + '-' + std::to_string(window.to.count());
  }
  return text;
}

// For a rule, another one that decides for all of its names.
class SilentRules {
 public:
  SilentRules(const RuleSet& set, const std::vector<RuleNames>& names, const NameIndex& index)
      : set_(set), names_(names), index_(index) {
    for (const Rule& rule : set.rules) exempted_.insert(rule.exempts.begin(), rule.exempts.end());
  }

  const Rule* silencer_of(RuleIndex index) const {
    const Rule& rule = set_.rules[index];
    std::size_t seen = 0;
    const Rule* silencer = nullptr;
    bool silent = rule.mode != Mode::Off && rule.addresses.empty() && rule.exempts.empty();
    for (const auto& source : rule.domains) {
      source.patterns.for_each([&](std::size_t, const Pattern& pattern) {
        ++seen;
        if (!silent) return;
        const Rule* stronger = decider_of(index, pattern, rule.action_of(source) == Action::Allow);
        silent = stronger != nullptr;
        if (silencer == nullptr) silencer = stronger;
      });
    }
    return silent && seen != 0 && seen == names_[index].count ? silencer : nullptr;
  }

 private:
  const Rule* decider_of(RuleIndex index, const Pattern& pattern, bool allows) const {
    if (pattern.form == PatternForm::Regex || may_be_saved(pattern.name)) return nullptr;
    const Rule& rule = set_.rules[index];
    const Rank rank = make_rank(rule.priority, pattern.form, pattern.name.label_count(), allows, index);
    const Rule* decider = nullptr;
    NameIndex::Found found;
    index_.look_up(pattern.name, found);
    index_.visit(pattern.name, found, [&](const Binding& binding, std::size_t) {
      const bool whole = binding.form == PatternForm::Suffix || binding.form == PatternForm::Below ||
                         (binding.form == PatternForm::Exact && pattern.form == PatternForm::Exact);
      if (binding.kind != Binding::Kind::Names || binding.rule == index || !whole || binding.rank < rank) return;
      const Rule& other = set_.rules[binding.rule];
      if (is_unconditional(other) && other.except.empty() && !exempted_.contains(other.full_id())) decider = &other;
    });
    return decider;
  }

  // must_resolve of one pack may silence the stronger rule and not the weaker one.
  bool may_be_saved(const dns::Name& name) const {
    return std::any_of(set_.must_resolve.begin(), set_.must_resolve.end(),
                       [&](const MustResolve& must) { return must.name.is_at_or_below(name); });
  }

  const RuleSet& set_;
  const std::vector<RuleNames>& names_;
  const NameIndex& index_;
  std::set<std::string> exempted_;
};

}  // namespace

bool is_unconditional(const Rule& rule) noexcept {
  return rule.mode == Mode::Enforce && rule.groups.empty() && rule.clients.empty() && rule.except_clients.empty() &&
         rule.validity.always() && rule.types.empty();
}

std::uint64_t salt_of(const PatternSource& source) {
  if (!source.own) return 0;
  const OwnAnswer& own = *source.own;
  std::string text = std::to_string(static_cast<int>(own.action)) + ' ' + own.target;
  for (const auto* addresses : {&own.ipv4, &own.ipv6}) {
    for (const auto& address : *addresses) text += ' ' + address.text();
  }
  return XXH3_64bits(text.data(), text.size());
}

void RuleNames::add(Binding::Kind kind, const Pattern& pattern, std::uint64_t salt) {
  const auto wire = pattern.name.wire();
  const auto seed = salt << 16 | static_cast<std::uint64_t>(kind) << 8 | static_cast<std::uint64_t>(pattern.form);
  const std::uint64_t hash = XXH3_64bits_withSeed(wire.data(), wire.size(), seed);
  fingerprint += pattern.label.empty() ? hash : XXH3_64bits_withSeed(pattern.label.data(), pattern.label.size(), hash);
  if (kind != Binding::Kind::Names) return;
  ++count;
  leaves_names_below = leaves_names_below || !Binding{.form = pattern.form}.covers_below();
}

void check_governance(const std::vector<Rule>& rules, const PolicySettings& settings, WallTime today,
                      Problems& problems) {
  if (rules.size() > Policy::MaxRules) {
    problems.push_back({"rules", "",
                        "there are " + std::to_string(rules.size()) + " rules; at most " +
                            std::to_string(Policy::MaxRules) + " work: names that share a decision share a rule",
                        Severity::Error});
  }
  const auto calendar = Calendar::for_zone(settings.timezone, settings.timezone_rule);
  if (!calendar) problems.push_back({settings.file, "/timezone", calendar.error(), Severity::Error});
  for (const Rule& rule : rules) {
    if (rule.mode == Mode::Enforce) check_required(rule, settings, problems);
    if (rule.mode == Mode::Observe && !rule.exempts.empty())
      tell(problems, rule, "exempts", "does nothing while the rule only observes", Severity::Warning);
    if (rule.mode != Mode::Off && calendar) check_dates(rule, calendar->local(today), problems);
  }
}

bool check_public_suffix(const Rule& rule, const PatternSource& source, std::size_t entry, const Pattern& pattern,
                         Problems& problems) {
  if (rule.action_of(source) == Action::Allow || rule.whole_suffix || !may_be_public_suffix(source, pattern))
    return false;
  if (!is_public_suffix(pattern.name)) return false;
  const std::string what = '"' + to_text(pattern) + "\" is a public suffix: ";
  if (source.list) {
    problems.push_back({source.file, source.place_of(entry),
                        what + "left out, since the rule " + rule.full_id() + " does not say \"whole_suffix\": true",
                        Severity::Warning});
    return true;
  }
  problems.push_back({source.file, source.place_of(entry),
                      what + "everybody's names below it would be blocked; if that is meant, give the rule " +
                          rule.full_id() + " \"whole_suffix\": true",
                      Severity::Error});
  return false;
}

void check_expression(const PatternSource& source, std::size_t entry, const Pattern& pattern, Problems& problems) {
  if (pattern.form != PatternForm::Regex || !has_literal_capital(pattern.label)) return;
  problems.push_back(
      {source.file, source.place_of(entry),
       '"' + to_text(pattern) + "\" holds a capital letter, which matches nothing: names are compared in lower case",
       Severity::Warning});
}

void check_duplicates(const std::vector<Rule>& rules, const std::vector<RuleNames>& names, Problems& problems) {
  std::map<std::pair<std::uint64_t, std::string>, const Rule*> seen;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].mode == Mode::Off) continue;
    const auto [known, added] = seen.try_emplace({names[i].fingerprint, conditions_of(rules[i])}, &rules[i]);
    if (added) continue;
    problems.push_back({rules[i].file, rules[i].pointer,
                        "the rule " + rules[i].full_id() + " does the same as " + known->second->full_id() + " (" +
                            known->second->file + ' ' + known->second->pointer + ')',
                        Severity::Warning});
  }
}

void check_silent_rules(const RuleSet& rules, const std::vector<RuleNames>& names, const NameIndex& index,
                        Problems& problems) {
  const SilentRules silent{rules, names, index};
  for (RuleIndex i = 0; i < rules.rules.size(); ++i) {
    const Rule* stronger = silent.silencer_of(i);
    if (stronger == nullptr) continue;
    const Rule& rule = rules.rules[i];
    problems.push_back({rule.file, rule.pointer,
                        "the rule " + rule.full_id() + " can never decide: " + stronger->full_id() + " (" +
                            stronger->file + ' ' + stronger->pointer + ") comes before it for its names",
                        Severity::Warning});
  }
}

void check_nxdomain(const Rule& rule, const RuleNames& names, Problems& problems) {
  if (rule.action != Action::NxDomain) return;
  if (!rule.types.empty() || !rule.except.empty()) {
    tell(problems, rule, "action",
         "is answered as nodata: `types` or `except` leave names open that NXDOMAIN would deny", Severity::Note);
  } else if (names.leaves_names_below || !rule.addresses.empty()) {
    tell(problems, rule, "action",
         "is answered as nodata for exact names, patterns and addresses: NXDOMAIN would deny the names below",
         Severity::Note);
  }
}

}  // namespace aven::policy
