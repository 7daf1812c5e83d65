#include "app/rule_folder.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

std::vector<std::string> files(const std::vector<policy::SourceText>& texts) {
  std::vector<std::string> names;
  for (const auto& text : texts) names.push_back(text.file);
  return names;
}

}  // namespace

TEST_CASE("packs and name sets are read in the order of their names, as the administrator knows them", "[app]") {
  const TempFolder folder;
  folder.write("rules/b.json", "B");
  folder.write("rules/a.json", "A");
  folder.write("rules/names/n.json", "N");
  folder.write("installed/i.json", "I");
  const auto read = read_rule_folder(folder / "rules", folder / "installed");
  CHECK(read.problems.empty());
  CHECK(files(read.texts.packs) == std::vector<std::string>{"rules/a.json", "rules/b.json"});
  CHECK(read.texts.packs[0].text == "A");
  CHECK(files(read.texts.name_sets) ==
        std::vector<std::string>{"rules/names/n.json", (folder / "installed/i.json").string()});
}

TEST_CASE("a folder given with a final slash has the same name", "[app]") {
  const TempFolder folder;
  folder.write("rules/a.json", "A");
  CHECK(files(read_rule_folder((folder / "rules").string() + "/", folder / "none").texts.packs) ==
        std::vector<std::string>{"rules/a.json"});
}

TEST_CASE("what is no pack is left alone", "[app]") {
  const TempFolder folder;
  for (const char* name : {"rules/README.md", "rules/rule-pack.schema.json", "rules/.hidden.json", "rules/a.json~",
                           "rules/lists/list.txt"}) {
    folder.write(name, "?");
  }
  const auto read = read_rule_folder(folder / "rules", folder / "none");
  CHECK(read.problems.empty());
  CHECK(read.texts.packs.empty());
  CHECK(read.texts.name_sets.empty());
}

TEST_CASE("a rules folder that is not there is one problem", "[app]") {
  const TempFolder folder;
  const auto read = read_rule_folder(folder / "rules", folder / "none");
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems[0].file == "rules");
  CHECK(read.problems[0].severity == policy::Severity::Error);
  CHECK(read.problems[0].text == "cannot read this folder: No such file or directory");
}

TEST_CASE("a file where the folder should be is a problem", "[app]") {
  const TempFolder folder;
  folder.write("rules", "");
  const auto read = read_rule_folder(folder / "rules", folder / "none");
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems[0].text == "cannot read this folder: Not a directory");
}

TEST_CASE("a pack that cannot be read is a problem, the others are read", "[app]") {
  const TempFolder folder;
  folder.write("rules/b.json", "B");
  REQUIRE(mkfifo((folder / "rules/a.json").c_str(), 0600) == 0);
  std::filesystem::create_symlink("nowhere", folder / "rules/c.json");
  const auto read = read_rule_folder(folder / "rules", folder / "none");
  CHECK(files(read.texts.packs) == std::vector<std::string>{"rules/b.json"});
  REQUIRE(read.problems.size() == 2);
  CHECK(read.problems[0].file == "rules/a.json");
  CHECK(read.problems[0].text == "cannot read this file: not a regular file");
  CHECK(read.problems[1].file == "rules/c.json");
}
