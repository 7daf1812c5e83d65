#include "policy/must_resolve.h"

#include <algorithm>
#include <set>

#include "policy/pattern_set.h"
#include "policy/rule_checks.h"

namespace aven::policy {
namespace {

class Proof {
 public:
  Proof(const RuleSet& rules, const NameIndex& names, Problems& problems)
      : rules_(rules.rules), names_(names), patterns_(names), problems_(problems) {}

  void check(const MustResolve& must) {
    collect(must.name);
    for (const Lists lists : {Lists::LeftOut, Lists::Speak}) {
      for (const Mode mode : {Mode::Enforce, Mode::Observe}) {
        const Binding* winner = best(must, mode, lists);
        if (winner != nullptr && action_of(*winner) != Action::Allow) return tell(must, mode, *winner);
      }
    }
  }

 private:
  enum class Lists : bool { LeftOut, Speak };

  const PatternSource& source_of(const Binding& binding) const { return rules_[binding.rule].domains[binding.source]; }

  Action action_of(const Binding& binding) const { return rules_[binding.rule].action_of(source_of(binding)); }

  void tell(const MustResolve& must, Mode mode, const Binding& winner) {
    const Rule& rule = rules_[winner.rule];
    const std::string place = rule.full_id() + " (" + rule.file + ' ' + rule.pointer + ')';
    if (source_of(winner).list) {
      problems_.push_back({must.file, must.pointer,
                           must.name.text() + " must resolve: the entry of the list " + source_of(winner).file +
                               " that covers it is left out for it in the rule " + place,
                           Severity::Note});
      return;
    }
    problems_.push_back(
        {must.file, must.pointer,
         must.name.text() + " must resolve, but the rule " + place + " covers it; add it to the rule's `except`",
         mode == Mode::Enforce ? Severity::Error : Severity::Warning});
  }

  void collect(const dns::Name& name) {
    found_.clear();
    excepted_.clear();
    const auto note = [&](const Binding& binding, std::size_t = 0) {
      if (binding.kind == Binding::Kind::Names) found_.push_back(binding);
      if (binding.kind == Binding::Kind::Excepts) excepted_.insert(binding.rule);
    };
    NameIndex::Found found;
    names_.look_up(name, found);
    names_.visit(name, found, note);
    patterns_.find(name, note);
  }

  const Binding* best(const MustResolve& must, Mode mode, Lists lists) const {
    const Binding* winner = nullptr;
    for (const Binding& binding : found_) {
      const Rule& rule = rules_[binding.rule];
      if (excepted_.contains(binding.rule)) continue;
      const bool is_allow = action_of(binding) == Action::Allow;
      const bool blocks_by_list = !is_allow && source_of(binding).list;
      if (blocks_by_list && lists == Lists::LeftOut) continue;
      const bool allows = is_allow && is_unconditional(rule);
      const bool blocks = !is_allow && rule.mode == mode && (must.pack.empty() || must.pack == rule.pack);
      if ((allows || blocks) && (winner == nullptr || binding.rank > winner->rank)) winner = &binding;
    }
    return winner;
  }

  const std::vector<Rule>& rules_;
  const NameIndex& names_;
  PatternSet patterns_;
  Problems& problems_;
  std::vector<Binding> found_;
  std::set<RuleIndex> excepted_;
};

}  // namespace

void check_must_resolve(const RuleSet& rules, const PolicySettings& settings, const NameIndex& names,
                        Problems& problems) {
  if (!PatternSet::compiles(names)) return;  // a problem of its own
  Proof proof{rules, names, problems};
  for (const auto& must : rules.must_resolve) proof.check(must);
  for (const auto& must : settings.must_resolve) proof.check(must);
  for (const auto& route : settings.routes) {
    proof.check({route.suffix, "", settings.file, "/routes"});
  }
}

}  // namespace aven::policy
