// Client classes: what one prefix look-up tells of a client: allowed or not, its group, the rules that speak to it. Made
// from allow_from, groups and the rules' client lists; addresses that nothing tells apart share a class.
// Thread: the loader's.   Fails: by problems (an unknown group, a prefix in two groups).
#pragma once

#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/policy_compiler.h"

namespace aven::policy {

struct ClientClasses {
  std::vector<std::string> group_names;  // [0] = "default"
  std::vector<ClientClass> classes;      // [0] = addresses that stand in no list
  PrefixTable by_prefix;
};

ClientClasses make_client_classes(const std::vector<Rule>& rules, const PolicySettings& settings, Problems& problems);

}  // namespace aven::policy
