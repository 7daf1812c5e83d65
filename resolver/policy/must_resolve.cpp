#include "policy/must_resolve.h"

#include <algorithm>
#include <set>

#include "policy/pattern_set.h"

namespace aven::policy {
namespace {

bool is_unconditional(const Rule& rule) {
  return rule.mode == Mode::Enforce && rule.groups.empty() && rule.clients.empty() && rule.except_clients.empty() &&
         rule.validity.always() && rule.types.empty();
}

class Proof {
 public:
  Proof(const RuleSet& rules, const NameIndex& names, Problems& problems)
      : rules_(rules.rules), names_(names), patterns_(names), problems_(problems) {}

  void check(const MustResolve& must) {
    collect(must.name);
    for (const Mode mode : {Mode::Enforce, Mode::Observe}) {
      const Binding* winner = best(must, mode);
      if (winner == nullptr || rules_[winner->rule].action == Action::Allow) continue;
      const Rule& rule = rules_[winner->rule];
      problems_.push_back({must.file, must.pointer,
                           must.name.text() + " must resolve, but the rule " + rule.full_id() + " (" + rule.file + ' ' +
                               rule.pointer + ") covers it; add it to the rule's `except`",
                           mode == Mode::Enforce ? Severity::Error : Severity::Warning});
      return;
    }
  }

 private:
  void collect(const dns::Name& name) {
    found_.clear();
    excepted_.clear();
    const auto note = [&](const Binding& binding) {
      if (binding.kind == Binding::Kind::Names) found_.push_back(binding);
      if (binding.kind == Binding::Kind::Excepts) excepted_.insert(binding.rule);
    };
    names_.find(name, note);
    patterns_.find(name, note);
  }

  const Binding* best(const MustResolve& must, Mode mode) const {
    const Binding* winner = nullptr;
    for (const Binding& binding : found_) {
      const Rule& rule = rules_[binding.rule];
      if (excepted_.contains(binding.rule)) continue;
      const bool allows = rule.action == Action::Allow && is_unconditional(rule);
      const bool blocks =
          rule.action != Action::Allow && rule.mode == mode && (must.pack.empty() || must.pack == rule.pack);
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
