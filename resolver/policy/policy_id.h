// The id of a policy: SHA-256 over its canonical content: all that decides an answer and all that a statement of it says.
// Two machines with equal decisions show equal ids; the layout of files and comments do not count.
// Thread: the loader's.
#pragma once

#include <string>

#include "policy/policy_compiler.h"
#include "policy/rule.h"

namespace aven::policy {

std::string policy_id(const RuleSet& rules, const PolicySettings& settings);

}  // namespace aven::policy
