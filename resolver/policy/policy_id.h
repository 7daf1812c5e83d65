// The id of a policy: SHA-256 over its canonical content, so that two machines with equal decisions show equal ids. The
// layout of files, comments and titles do not count.
// Thread: the loader's.
#pragma once

#include <string>

#include "policy/policy_compiler.h"
#include "policy/rule.h"

namespace aven::policy {

std::string policy_id(const RuleSet& rules, const PolicySettings& settings);

}  // namespace aven::policy
