#include "policy/policy_compiler.h"

#include <algorithm>
#include <map>
#include <set>

#include "policy/client_classes.h"
#include "policy/json_text.h"
#include "policy/must_resolve.h"
#include "policy/pattern_set.h"
#include "policy/policy_id.h"

namespace aven::policy {
namespace {

constexpr std::size_t EdeTextSize = 160;
constexpr int ReviewWarningDays = 30;

// At most `size` octets of UTF-8, cut between characters.
std::string cut(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text;
}

dns::Ede ede_of(EdeChoice choice) noexcept {
  switch (choice) {
    case EdeChoice::Censored:
      return dns::Ede::Censored;
    case EdeChoice::Filtered:
      return dns::Ede::Filtered;
    case EdeChoice::Blocked:
      break;
  }
  return dns::Ede::Blocked;
}

bool is_blocking(const Rule& rule) noexcept {
  return rule.action != Action::Allow;
}

}  // namespace

class PolicyCompiler {
 public:
  PolicyCompiler(RuleSet rules, const PolicySettings& settings, std::uint64_t generation, WallTime today)
      : set_(std::move(rules)), settings_(settings), today_(today), policy_(std::make_unique<Policy>(Policy::Key{})) {
    policy_->generation_ = generation;
  }

  CompiledPolicy compile() {
    policy_->id_ = policy_id(set_, settings_);  // before names move into the table
    check_governance();
    classes();
    names();
    addresses();
    must_resolve();
    link_exempts();
    answers();
    routes_and_records();
    finish();
    CompiledPolicy result;
    result.problems = std::move(problems_);
    if (!has_errors(result.problems)) result.policy = std::move(policy_);
    return result;
  }

 private:
  void problem(const Rule& rule, std::string_view key, std::string text, Severity severity) {
    problems_.push_back({rule.file, rule.pointer + '/' + std::string{key}, std::move(text), severity});
  }

  void check_governance() {
    const std::map<std::string, bool (*)(const Rule&)> given{
        {"owner", [](const Rule& rule) { return !rule.owner.empty(); }},
        {"reason", [](const Rule& rule) { return !rule.reason.en.empty() || !rule.reason.fr.empty(); }},
        {"legal_basis", [](const Rule& rule) { return !rule.legal_basis.empty(); }},
        {"valid_until", [](const Rule& rule) { return rule.validity.until.has_value(); }},
        {"review_by", [](const Rule& rule) { return rule.review_by.has_value(); }},
        {"contact", [](const Rule& rule) { return !rule.contact.empty(); }}};
    for (const Rule& rule : set_.rules) {
      for (const auto& key : settings_.require) {
        const auto check = given.find(key);
        if (rule.mode != Mode::Enforce || check == given.end() || check->second(rule)) continue;
        problem(rule, key, "is missing, and aven.json requires it of enforced rules", Severity::Error);
      }
      if (rule.mode != Mode::Off) check_dates(rule);
    }
  }

  void check_dates(const Rule& rule) {
    const auto calendar = Calendar::for_zone(settings_.timezone);
    if (!calendar) return;
    const auto now = calendar->local(today_);
    if (rule.validity.until && *rule.validity.until <= now) {
      problem(rule, "valid_until", "the rule " + rule.full_id() + " has ended", Severity::Warning);
    } else if (rule.review_by && date::local_seconds{*rule.review_by} <= now + date::days{ReviewWarningDays}) {
      const auto day = date::format("%F", *rule.review_by);
      problem(rule, "review_by", "the rule " + rule.full_id() + " is due for review by " + day, Severity::Warning);
    }
  }

  void classes() {
    if (!Calendar::for_zone(settings_.timezone)) {
      problems_.push_back(
          {settings_.file, "/timezone", Calendar::for_zone(settings_.timezone).error(), Severity::Error});
    }
    ClientClasses made = make_client_classes(set_.rules, settings_, problems_);
    policy_->group_names_ = std::move(made.group_names);
    policy_->classes_ = std::move(made.classes);
    policy_->classes_by_prefix_ = std::move(made.by_prefix);
  }

  void names() {
    std::size_t expected = 0;
    for (const Rule& rule : set_.rules) {
      for (const auto& source : rule.domains) expected += source.patterns.size();
    }
    policy_->names_ = NameIndex{expected};
    for (RuleIndex i = 0; i < set_.rules.size(); ++i) {
      Rule& rule = set_.rules[i];
      bind(rule.domains, Binding::Kind::Names, i);
      bind(rule.except, Binding::Kind::Excepts, i);
    }
  }

  // Small sources stay beside the policy, so that explain can tell the place of a name.
  void bind(std::vector<PatternSource>& sources, Binding::Kind kind, RuleIndex index) {
    const Rule& rule = set_.rules[index];
    for (std::uint32_t source = 0; source < sources.size(); ++source) {
      sources[source].patterns.for_each([&](std::size_t, const Pattern& pattern) {
        Binding binding;
        binding.kind = kind;
        binding.rule = index;
        binding.source = source;
        if (kind == Binding::Kind::Names) {
          binding.rank = make_rank(rule.priority, pattern.form, pattern.name.label_count(), !is_blocking(rule), index);
        }
        policy_->names_.add(pattern, binding);
      });
      if (sources[source].patterns.size() > KeptPatterns) sources[source].patterns = PatternList{};
    }
  }

  void addresses() {
    for (RuleIndex i = 0; i < set_.rules.size(); ++i) {
      const Rule& rule = set_.rules[i];
      for (const auto& prefix : rule.addresses) {
        policy_->names_.add_address(prefix, i, make_address_rank(rule.priority, prefix.length, !is_blocking(rule), i));
      }
    }
  }

  void must_resolve() {
    std::map<std::string, std::uint32_t> packs;
    for (const Rule& rule : set_.rules) {
      const auto [pack, added] = packs.try_emplace(rule.pack, static_cast<std::uint32_t>(packs.size()));
      policy_->pack_of_rule_.push_back(pack->second);
    }
    check_must_resolve(set_, settings_, policy_->names_, problems_);
    for (const auto& must : set_.must_resolve) save(must);
    for (const auto& must : settings_.must_resolve) save(must);
    for (const auto& route : settings_.routes) {
      policy_->names_.add({PatternForm::Suffix, route.suffix, {}}, {.kind = Binding::Kind::SavesAll});
    }
  }

  void save(const MustResolve& must) {
    Binding binding{.kind = Binding::Kind::SavesAll};
    if (!must.pack.empty()) {
      const auto rule =
          std::find_if(set_.rules.begin(), set_.rules.end(), [&](const Rule& r) { return r.pack == must.pack; });
      if (rule == set_.rules.end()) return;
      binding.kind = Binding::Kind::SavesPack;
      binding.rule = static_cast<RuleIndex>(rule - set_.rules.begin());
    }
    policy_->names_.add({PatternForm::Exact, must.name, {}}, binding);
  }

  void link_exempts() {
    for (const Rule& rule : set_.rules) {
      auto& lifted = policy_->exempts_.emplace_back();
      for (RuleIndex i = 0; i < set_.rules.size(); ++i) {
        const auto id = set_.rules[i].full_id();
        if (std::find(rule.exempts.begin(), rule.exempts.end(), id) != rule.exempts.end()) lifted.push_back(i);
      }
    }
  }

  void answers() {
    for (const Rule& rule : set_.rules) {
      BlockedAnswer answer;
      answer.ipv4 = rule.answer.ipv4.value_or(settings_.sinkhole_ipv4);
      answer.ipv6 = rule.answer.ipv6.value_or(settings_.sinkhole_ipv6);
      answer.ttl = rule.answer.ttl.value_or(settings_.sinkhole_ttl);
      answer.ede = ede_of(rule.ede);
      answer.ede_text = cut(rule.reason.in(settings_.language), EdeTextSize);
      answer.nxdomain_as_nodata = !rule.types.empty() || !rule.except.empty();
      if (rule.action == Action::NxDomain && answer.nxdomain_as_nodata) {
        problem(rule, "action", "is answered as nodata: `types` or `except` leave names open that NXDOMAIN would deny",
                Severity::Note);
      }
      if (const auto target = dns::Name::from_text(rule.target); target && !rule.target.empty())
        answer.redirect_target = *target;
      policy_->answers_.push_back(std::move(answer));
    }
  }

  void routes_and_records() {
    for (const auto& route : settings_.routes) {
      GroupIndex group = EveryGroup;
      const auto known = std::find(policy_->group_names_.begin(), policy_->group_names_.end(), route.group);
      if (known != policy_->group_names_.end()) group = static_cast<GroupIndex>(known - policy_->group_names_.begin());
      policy_->routes_.add(route.suffix, group, route.route);
    }
    policy_->records_ = settings_.records;
    std::stable_sort(policy_->records_.begin(), policy_->records_.end(),
                     [](const LocalRecord& a, const LocalRecord& b) { return a.owner < b.owner; });
  }

  void finish() {
    if (!PatternSet::compiles(policy_->names_)) {
      problems_.push_back(
          {"rules", "", "the /patterns/ of all rules together are too big; write some as names", Severity::Error});
    }
    policy_->rules_ = std::move(set_.rules);
    policy_->names_.finish();
  }

  static constexpr std::size_t KeptPatterns = 4096;

  RuleSet set_;
  const PolicySettings& settings_;
  WallTime today_;
  std::unique_ptr<Policy> policy_;
  Problems problems_;
};

CompiledPolicy compile_policy(RuleSet rules, const PolicySettings& settings, std::uint64_t generation, WallTime today) {
  return PolicyCompiler{std::move(rules), settings, generation, today}.compile();
}

}  // namespace aven::policy
