// The corpus of packs in tests/data and the shipped rules: the loader and the schema must agree on them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "policy/rule_file.h"

using namespace aven::policy;

namespace {

namespace fs = std::filesystem;

std::vector<SourceText> texts_in(const std::string& folder) {
  std::vector<SourceText> texts;
  for (const auto& entry : fs::directory_iterator{fs::path{AVEN_SOURCE_DIR} / folder}) {
    if (entry.path().extension() != ".json" || entry.path().string().ends_with(".schema.json")) continue;
    std::ifstream in{entry.path(), std::ios::binary};
    const std::string file = folder + '/' + entry.path().filename().string();
    texts.push_back({file, {std::istreambuf_iterator<char>{in}, {}}});
  }
  REQUIRE_FALSE(texts.empty());
  return texts;
}

std::string lines(const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += to_text(problem) + '\n';
  return text;
}

}  // namespace

TEST_CASE("every good pack of the corpus loads without an error", "[policy]") {
  const auto sets = texts_in("rules/names");
  for (const auto& pack : texts_in("tests/data/packs/good")) {
    RuleTexts texts{{pack}, sets};
    if (pack.file.ends_with("/exempts.json"))
      texts.packs.push_back({"chatgpt.json", R"({"format": 1, "pack": "chatgpt", "rules": [
        {"id": "chatgpt", "action": "sinkhole", "names": ["chatgpt"]}]})"});
    const auto loaded = load_rules(texts);
    INFO(pack.file << '\n' << lines(loaded.problems));
    CHECK_FALSE(has_errors(loaded.problems));
  }
}

TEST_CASE("every bad pack of the corpus has an error that names its file", "[policy]") {
  const auto sets = texts_in("rules/names");
  for (const auto& pack : texts_in("tests/data/packs/bad")) {
    const auto loaded = load_rules({{pack}, sets});
    INFO(pack.file << '\n' << lines(loaded.problems));
    CHECK(has_errors(loaded.problems));
    for (const auto& problem : loaded.problems) CHECK(problem.file == pack.file);
  }
}

TEST_CASE("the shipped rules load without a problem", "[policy]") {
  const auto loaded = load_rules({texts_in("rules"), texts_in("rules/names")});
  REQUIRE(lines(loaded.problems).empty());
  REQUIRE_FALSE(loaded.rules.rules.empty());
}
