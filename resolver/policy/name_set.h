// A name set: the names of one service, each with its role, and what it must never cover (DESIGN.md section 4).
// Thread: the loader's.   Fails: by problems; a set that could be read in part comes with what was right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

struct NameSet {
  std::string name;
  PatternSource domains;
  std::vector<MustResolve> must_resolve;  // `pack` is filled in for each pack that uses the set
};

// Nothing: the file is no JSON object.
std::optional<NameSet> read_name_set(const std::string& file, std::string_view text, Problems& problems);

}  // namespace aven::policy
