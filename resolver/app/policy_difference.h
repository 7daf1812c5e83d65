// policy_difference: which rules one policy adds, removes or changes against another, field by field as packs write them.
// Thread: any but a worker; allocates.
// Fails: never. Names of sources with more than 4096 entries are not kept beside a policy: they are not compared.
#pragma once

#include <vector>

#include "app/change_record.h"
#include "policy/policy.h"

namespace aven::app {

// In the order of the rules' ids. A field's `before` and `after` hold what only one side has: of a list the entries that
// went and those that came, else the two texts.
std::vector<RuleChange> policy_difference(const policy::Policy& before, const policy::Policy& after);

}  // namespace aven::app
