// A pack: one JSON file of rules, the decisions of an organisation (DESIGN.md section 4).
// Thread: the loader's.   Fails: by problems; a pack that could be read in part comes with what was right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

struct PackFile {
  PackInfo info;
  bool newer = false;       // for a newer program: nothing but its name is known
  std::vector<Rule> rules;  // their name sets are only named
  std::vector<MustResolve> must_resolve;
};

// Nothing: the file is no JSON object.
std::optional<PackFile> read_pack(const std::string& file, std::string_view text, Problems& problems);

}  // namespace aven::policy
