// What the loader says of files: each line of the input is "pack JSON" or "names JSON"; each line of the output is a JSON
// array of the texts of its errors, empty for a file that is taken.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "policy/rule_file.h"

int main() {
  using namespace aven::policy;
  for (std::string line; std::getline(std::cin, line);) {
    const auto blank = line.find(' ');
    if (blank == std::string::npos) return 2;
    const SourceText text{"file.json", line.substr(blank + 1)};
    RuleTexts texts;
    (line.starts_with("pack") ? texts.packs : texts.name_sets).push_back(text);
    auto errors = nlohmann::json::array();
    for (const auto& problem : load_rules(texts).problems)
      if (problem.severity == Severity::Error) errors.push_back(problem.pointer + ": " + problem.text);
    std::cout << errors.dump() << '\n';
  }
}
