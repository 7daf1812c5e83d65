#include "status/problem_words.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

namespace aven::status {
namespace {

std::vector<std::string> holes_of(std::string_view sentence) {
  std::vector<std::string> holes;
  for (auto open = sentence.find('{'); open != std::string_view::npos; open = sentence.find('{', open + 1)) {
    if (sentence[open + 1] != '=' && (sentence[open + 1] < 'a' || sentence[open + 1] > 'z')) continue;  // JSON
    holes.emplace_back(sentence.substr(open, sentence.find('}', open) + 1 - open));
  }
  return holes;
}

// With a value at each hole that no template holds.
std::string filled(std::string_view sentence) {
  std::string out{sentence};
  for (const auto& hole : holes_of(sentence)) out.replace(out.find(hole), hole.size(), "\"Vvv\"");
  return out;
}

TEST_CASE("every sentence is known again, in both languages with the same values", "[status]") {
  std::set<std::string_view> codes;
  for (const auto& row : problem_sentences()) {
    INFO(row.english);
    CHECK(codes.insert(row.code).second);
    CHECK_FALSE(row.french.empty());
    auto english = holes_of(row.english), french = holes_of(row.french);
    const auto words = words_of(filled(row.english));
    CHECK(words.code == row.code);
    CHECK(words.parameters.size() == english.size());
    CHECK(holes_of(words.french).empty());
    std::sort(english.begin(), english.end());
    std::sort(french.begin(), french.end());
    CHECK(english == french);
  }
}

TEST_CASE("a sentence within a sentence is French too", "[status]") {
  const auto words =
      words_of("cannot read lists/doh.txt: No such file or directory; its last good version runs on, with 812 names");
  CHECK(words.code == "list_last_good");
  CHECK(words.parameters == std::vector<std::string>{"cannot read lists/doh.txt: No such file or directory", "812"});
  CHECK(words.french ==
        "lists/doh.txt ne peut pas être lu : le fichier n’existe pas ; sa dernière bonne version reste en usage, avec "
        "812 "
        "noms");
}

TEST_CASE("what is not in the table is told as it is", "[status]") {
  const auto words = words_of("something new happened");
  CHECK(words.code == "other");
  CHECK(words.parameters == std::vector<std::string>{"something new happened"});
  CHECK(words.french.empty());
  CHECK(words_of("").code == "other");
}

TEST_CASE("the mistakes of the golden files are all in the table", "[status]") {
  std::size_t seen = 0;
  for (const auto& file : std::filesystem::directory_iterator{GOLDEN_PROBLEMS}) {
    if (file.path().extension() != ".expected") continue;
    std::ifstream lines{file.path()};
    for (std::string line; std::getline(lines, line);) {
      for (const char* mark : {": error: ", ": warning: ", ": note: "}) {
        const auto at = line.find(mark);
        if (at == std::string::npos) continue;
        INFO(line);
        CHECK(words_of(line.substr(at + std::string_view{mark}.size())).code != "other");
        ++seen;
        break;
      }
    }
  }
  CHECK(seen > 15);
}

}  // namespace
}  // namespace aven::status
