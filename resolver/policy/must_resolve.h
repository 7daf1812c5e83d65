// The proof of must_resolve: no enforced blocking rule that it binds decides for the name, whoever asks and whenever;
// only unconditional `allow` rules speak for it (DESIGN.md section 4).
// Thread: the loader's.   Fails: by problems; an observed rule that would break it is a warning, a list entry
// that would is left out at run time and a note.
#pragma once

#include "policy/name_index.h"
#include "policy/policy_compiler.h"
#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

// `names` holds the rules' names already, and not yet what must_resolve saves.
void check_must_resolve(const RuleSet& rules, const PolicySettings& settings, const NameIndex& names,
                        Problems& problems);

}  // namespace aven::policy
