// Loading rules: JSON texts of name sets and packs to a RuleSet, or all problems at once.
// Thread: the loader's.   Ownership: the caller keeps the texts only during the call.
// Fails: each problem with file, JSON pointer, text, severity; an unknown key names the nearest known key; a duplicate
// key, a wrong type, trailing text and broken UTF-8 are errors. Opens no file: `app/rule_folder` does.
#pragma once

#include <string>
#include <vector>

#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

struct SourceText {
  std::string file;  // for problems: relative to the rules folder's parent, as "rules/chatgpt.json"
  std::string text;
};

struct RuleTexts {
  std::vector<SourceText> packs;
  std::vector<SourceText> name_sets;  // the first of a name wins
};

struct LoadedRules {
  RuleSet rules;
  Problems problems;
};

LoadedRules load_rules(const RuleTexts& texts);

}  // namespace aven::policy
