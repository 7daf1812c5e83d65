// What the compiler tells an administrator of rules that are well written and yet hardly meant: past their dates, blocking
// a whole country, twice there, never deciding.
// Thread: the loader's.   Fails: by problems.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/name_index.h"
#include "policy/policy_compiler.h"
#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

// Tells sources of different own answers apart; 0: it has none.
std::uint64_t salt_of(const PatternSource& source);

// What is kept of a rule's names when they have gone into the table.
struct RuleNames {
  std::uint64_t fingerprint = 0;    // of all names and excepts, whatever their order
  std::size_t count = 0;            // of `domains`
  bool leaves_names_below = false;  // some form does not cover what is below

  // `salt`: of the pattern's own answer.
  void add(Binding::Kind kind, const Pattern& pattern, std::uint64_t salt);
};

// `require` of aven.json, dates, the number of rules, exemptions that do nothing.
void check_governance(const std::vector<Rule>& rules, const PolicySettings& settings, WallTime today,
                      Problems& problems);
// A public suffix blocked whole is an error of written rules and left out of lists; true = leave it out.
bool check_public_suffix(const Rule& rule, const PatternSource& source, std::size_t entry, const Pattern& pattern,
                         Problems& problems);
// A capital letter in an expression matches nothing: names are compared in lower case.
void check_expression(const PatternSource& source, std::size_t entry, const Pattern& pattern, Problems& problems);
void check_duplicates(const std::vector<Rule>& rules, const std::vector<RuleNames>& names, Problems& problems);
// Rules all of whose names another rule decides, always and for everyone. Looks at rules with few names only, those that
// still have theirs; says nothing where it is not sure.
void check_silent_rules(const RuleSet& rules, const std::vector<RuleNames>& names, const NameIndex& index,
                        Problems& problems);
// NXDOMAIN that would deny names which the rule leaves open is answered NODATA.
void check_nxdomain(const Rule& rule, const RuleNames& names, Problems& problems);
// Speaks for its names for everybody, always, for every type.
bool is_unconditional(const Rule& rule) noexcept;

}  // namespace aven::policy
