// read_rule_folder: the texts of the rule packs (`*.json` of the rules folder) and of the name sets
// (`names/*.json` in it, then the installed ones). Hidden files and `*.schema.json` are no packs.
// Thread: the loader's; blocks.
// Fails: a folder or a file that cannot be read is a problem; what could be read is given all the same.
#pragma once

#include <filesystem>

#include "policy/problem.h"
#include "policy/rule_file.h"

namespace aven::app {

inline constexpr const char* InstalledNameSets = "/usr/share/aven/names";

struct RuleFolder {
  policy::RuleTexts texts;  // sorted by file name; the rules folder's name sets before the installed ones
  policy::Problems problems;
};

RuleFolder read_rule_folder(const std::filesystem::path& folder,
                            const std::filesystem::path& installed_names = InstalledNameSets);

}  // namespace aven::app
