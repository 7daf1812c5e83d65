#include "policy/policy_compiler.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "policy/client_classes.h"
#include "policy/must_resolve.h"
#include "policy/pattern_set.h"
#include "policy/policy_id.h"
#include "policy/rule_checks.h"
#include "policy/rule_text.h"

namespace aven::policy {
namespace {

constexpr std::size_t EdeTextSize = 160;

// At most `size` octets of UTF-8, cut between characters.
std::string cut(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  return text;
}

// The reason, then who decided and until when, as far as there is room: "... (DGS, until 2027-03-31)".
std::string ede_text(const Rule& rule, const std::string& language) {
  const std::string& reason = rule.reason.in(language);
  const std::string end = last_day(rule.validity);
  std::string decided = rule.owner;
  if (!end.empty())
    decided += (decided.empty() ? "" : ", ") + std::string{language == "fr" ? "jusqu'au " : "until "} + end;
  if (reason.empty() || decided.empty()) return cut(reason + decided, EdeTextSize);
  for (const auto& more : {" (" + decided + ')', " (" + rule.owner + ')'}) {
    if (reason.size() + more.size() <= EdeTextSize && more != " ()") return reason + more;
  }
  return cut(reason, EdeTextSize);
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
    check_governance(set_.rules, settings_, today_, problems_);
    if (set_.rules.size() > Policy::MaxRules) return {nullptr, std::move(problems_)};
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
  void classes() {
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
    policy_->names_ = NameIndex{settings_.hash_seed, expected};
    written_.resize(set_.rules.size());
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
      const AnswerIndex answer = answer_of(sources[source], index);
      const bool allows = rule.action_of(sources[source]) == Action::Allow;
      const std::uint64_t salt = salt_of(sources[source]);
      Problems suffixes;
      sources[source].patterns.for_each([&](std::size_t entry, const Pattern& pattern) {
        const bool names = kind == Binding::Kind::Names;
        if (names && check_public_suffix(rule, sources[source], entry, pattern, suffixes)) return;
        check_expression(sources[source], entry, pattern, problems_);
        written_[index].add(kind, pattern, salt);
        Binding binding;
        binding.kind = kind;
        binding.rule = index;
        binding.source = source;
        if (names) {
          binding.rank = make_rank(rule.priority, pattern.form, pattern.name.label_count(), allows, index);
          binding.answer = answer;
        }
        policy_->names_.add(pattern, binding);
      });
      tell_first(std::move(suffixes), sources[source].file);
      if (sources[source].patterns.size() > KeptPatterns) give_back(sources[source].patterns);
    }
  }

  // Own answers come behind those of the rules.
  AnswerIndex answer_of(const PatternSource& source, RuleIndex index) {
    if (!source.own) return index;
    own_answers_.emplace_back(index, *source.own);
    return static_cast<AnswerIndex>(set_.rules.size() + own_answers_.size() - 1);
  }

  void tell_first(Problems found, const std::string& file) {
    constexpr std::size_t Most = ProblemSink::MostOfOneArray;
    const std::size_t more = found.size() > Most ? found.size() - Most : 0;
    const Severity severity = found.empty() ? Severity::Note : found.front().severity;
    found.resize(found.size() - more);
    std::move(found.begin(), found.end(), std::back_inserter(problems_));
    if (more != 0) problems_.push_back({file, "", std::to_string(more) + " more public suffixes", severity});
  }

  // Assigning an empty list alone would keep the old one's memory.
  static void give_back(PatternList& patterns) { static_cast<void>(std::exchange(patterns, {})); }

  void addresses() {
    for (RuleIndex i = 0; i < set_.rules.size(); ++i) {
      const Rule& rule = set_.rules[i];
      for (const auto& prefix : rule.addresses) {
        policy_->names_.add_address(prefix, i, make_address_rank(rule.priority, prefix.length, !is_blocking(rule), i));
      }
    }
  }

  void must_resolve() {
    check_must_resolve(set_, settings_, policy_->names_, problems_);
    check_duplicates(set_.rules, written_, problems_);
    check_silent_rules(set_, written_, policy_->names_, problems_);
    for (const auto& must : set_.must_resolve) save(must.name, must.pack);
    for (const auto& must : settings_.must_resolve) save(must.name, must.pack);
    for (const auto& route : settings_.routes) save(route.suffix, "");
  }

  // No blocking rule of the pack (of any, if it is empty) speaks for this name.
  void save(const dns::Name& name, const std::string& pack) {
    const auto [known, added] = saves_.try_emplace(pack, static_cast<std::uint32_t>(saves_.size()));
    if (added) {
      auto& rules = policy_->saved_from_.emplace_back((set_.rules.size() + 63) / 64);
      for (std::size_t i = 0; i < set_.rules.size(); ++i) {
        const bool bound = is_blocking(set_.rules[i]) && (pack.empty() || pack == set_.rules[i].pack);
        if (bound) rules[i / 64] |= std::uint64_t{1} << i % 64;
      }
    }
    policy_->names_.add({PatternForm::Exact, name, {}}, {.kind = Binding::Kind::Saves, .rule = known->second});
  }

  void link_exempts() {
    std::map<std::string, RuleIndex> by_id;
    for (RuleIndex i = 0; i < set_.rules.size(); ++i) by_id.emplace(set_.rules[i].full_id(), i);
    for (const Rule& rule : set_.rules) {
      std::set<RuleIndex> lifted;
      for (const auto& id : rule.exempts) {
        if (const auto found = by_id.find(id); found != by_id.end()) lifted.insert(found->second);
      }
      policy_->exempts_.emplace_back(lifted.begin(), lifted.end());
    }
  }

  void answers() {
    for (std::size_t i = 0; i < set_.rules.size(); ++i) {
      const Rule& rule = set_.rules[i];
      BlockedAnswer answer;
      answer.action = rule.action;
      answer.ipv4 = rule.answer.ipv4.value_or(settings_.sinkhole_ipv4);
      answer.ipv6 = rule.answer.ipv6.value_or(settings_.sinkhole_ipv6);
      answer.ttl = rule.answer.ttl.value_or(settings_.sinkhole_ttl);
      answer.ede = ede_of(rule.ede);
      answer.ede_text = ede_text(rule, settings_.language);
      answer.way_round = way_round_of(rule.category);
      answer.nxdomain_as_nodata = !rule.types.empty() || !rule.except.empty();
      check_nxdomain(rule, written_[i], problems_);
      if (const auto target = parse_pattern(rule.target); target) answer.redirect_target = target->name;
      policy_->answers_.push_back(std::move(answer));
    }
    for (const auto& [rule, own] : own_answers_) {
      BlockedAnswer answer = policy_->answers_[rule];
      answer.action = own.action;
      if (own.action == Action::Sinkhole) std::tie(answer.ipv4, answer.ipv6) = std::tie(own.ipv4, own.ipv6);
      if (const auto target = parse_pattern(own.target); target) answer.redirect_target = target->name;
      policy_->answers_.push_back(std::move(answer));
    }
  }

  void routes_and_records() {
    for (const auto& route : settings_.routes) {
      GroupIndex group = EveryGroup;
      const auto known = std::find(policy_->group_names_.begin(), policy_->group_names_.end(), route.group);
      if (!route.group.empty() && known == policy_->group_names_.end()) {
        problems_.push_back(
            {settings_.file, "/routes",
             "the route of " + route.suffix.text() + " is for the group \"" + route.group + "\", which is not defined",
             Severity::Error});
      }
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
  std::vector<RuleNames> written_;  // by rule
  std::vector<std::pair<RuleIndex, OwnAnswer>> own_answers_;
  std::map<std::string, std::uint32_t> saves_;  // by pack: which of the policy's saved_from_
  Problems problems_;
};

CompiledPolicy compile_policy(RuleSet rules, const PolicySettings& settings, std::uint64_t generation, WallTime today) {
  return PolicyCompiler{std::move(rules), settings, generation, today}.compile();
}

}  // namespace aven::policy
