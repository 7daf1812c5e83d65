#include "app/policy_archive.h"

#include <catch2/catch.hpp>

#include "app/journal_line.h"
#include "app/list_content.h"
#include "app/list_places.h"
#include "app/packed_file.h"
#include "app/text_file.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

InputTexts texts_with(const std::string& pack) {
  InputTexts texts;
  texts.config = policy::SourceText{"aven.json", "{}"};
  texts.rules.packs = {{"rules/a.json", pack}};
  texts.rules.name_sets = {{"rules/names/n.json", "names"}};
  return texts;
}

WallTime day(int number) {
  return *parse_utc("2026-01-01T00:00:00Z") + std::chrono::hours{24 * number};
}

std::size_t files_in(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

}  // namespace

TEST_CASE("a kept policy comes back octet for octet, by the beginning of its id", "[app]") {
  const TempFolder folder;
  const PolicyArchive archive{folder.path()};
  CHECK_FALSE(archive.keep("abc1", texts_with("one"), {}, day(0)));
  CHECK_FALSE(archive.keep("abd2", texts_with("two"), {}, day(1)));
  const auto one = archive.load("abc");
  REQUIRE(one);
  CHECK(one->id == "abc1");
  CHECK(one->texts.rules.packs[0].text == "one");
  CHECK(one->texts.rules.packs[0].file == "rules/a.json");
  CHECK(one->texts.config->text == "{}");
  CHECK(digest_of(one->texts) == digest_of(texts_with("one")));
  CHECK(archive.load("ab").error() == "several policies begin with ab");
  CHECK(archive.load("x").error() == "no policy that is kept begins with x");
  CHECK(archive.list().front().id == "abd2");
}

TEST_CASE("a text that several policies hold is kept once", "[app]") {
  const TempFolder folder;
  const PolicyArchive archive{folder.path()};
  CHECK_FALSE(archive.keep("a", texts_with("one"), {}, day(0)));
  CHECK(files_in(folder / "policies/texts") == 3);
  CHECK_FALSE(archive.keep("b", texts_with("two"), {}, day(0)));
  CHECK(files_in(folder / "policies/texts") == 4);
}

TEST_CASE("a policy goes 13 months after it was last in force, the last three never", "[app]") {
  const TempFolder folder;
  const PolicyArchive archive{folder.path()};
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(archive.keep("p" + std::to_string(i), texts_with(std::to_string(i)), {}, day(i)));
  }
  CHECK_FALSE(archive.keep("p3", texts_with("3"), {}, day(390)));
  CHECK(archive.load("p0"));
  CHECK_FALSE(archive.keep("p3", texts_with("3"), {}, day(398)));
  CHECK_FALSE(archive.load("p0"));
  CHECK(archive.load("p1"));
  CHECK(files_in(folder / "policies/texts") == 5);
}

TEST_CASE("a text with any octet changed is not used, and the next keeping mends it", "[app]") {
  const TempFolder folder;
  const PolicyArchive archive{folder.path()};
  REQUIRE_FALSE(archive.keep("a", texts_with("some text of a pack"), {}, day(0)));
  const auto file = folder / "policies/texts" / (sha256_of("some text of a pack") + ".gz");
  const std::string whole = *read_text(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string octets = whole;
    octets[i] = static_cast<char>(octets[i] ^ 0x55);
    folder.write("policies/texts/" + file.filename().string(), octets);
    const auto policy = archive.load("a");
    if (policy) CHECK(policy->texts.rules.packs[0].text == "some text of a pack");
  }
  CHECK_FALSE(archive.keep("a", texts_with("some text of a pack"), {}, day(1)));
  CHECK(archive.load("a"));
}

TEST_CASE("a damaged manifest is as good as gone", "[app]") {
  const TempFolder folder;
  const PolicyArchive archive{folder.path()};
  REQUIRE_FALSE(archive.keep("a", texts_with("one"), {}, day(0)));
  std::filesystem::path manifest;
  for (const auto& entry : std::filesystem::directory_iterator{folder / "policies"}) {
    if (entry.is_regular_file()) manifest = entry.path();
  }
  const std::string whole = *read_text(manifest);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string octets = whole;
    octets[i] = static_cast<char>(octets[i] ^ 1);
    folder.write("policies/" + manifest.filename().string(), octets);
    const auto policy = archive.load("");
    if (policy) CHECK(policy->texts.rules.packs[0].text == "one");
  }
}

TEST_CASE("lists are kept packed and come back as copies; beyond the limit the oldest go", "[app]") {
  const TempFolder folder;
  folder.write("big.txt", "skipped\na.example\nb.example\n");
  const std::string content = "a.example\nb.example\n";
  const UsedList list{"lists/big.txt", "domains", sha256_of(content), 2, folder / "big.txt", 8};
  const PolicyArchive archive{folder.path()};
  REQUIRE_FALSE(archive.keep("a", texts_with("one"), {list}, day(0)));
  const auto policy = archive.load("a");
  REQUIRE(policy);
  REQUIRE_FALSE(archive.write_lists(*policy, folder / "out"));
  const auto copy = read_text(list_copy(folder / "out", "lists/big.txt", "domains"));
  CHECK(*copy == list_copy_head(list.sha256, 2) + content);

  REQUIRE_FALSE(PolicyArchive(folder.path(), 0).keep("b", texts_with("two"), {}, day(1)));
  CHECK(archive.load("a"));
  const auto missing = archive.write_lists(*policy, folder / "out");
  REQUIRE(missing);
  CHECK(missing->find("lists/big.txt as it was then is not kept any more") != std::string::npos);
}

TEST_CASE("a folder that cannot be written is a warning", "[app]") {
  const TempFolder folder;
  folder.write("policies", "a file in its place");
  const auto problem = PolicyArchive{folder.path()}.keep("a", texts_with("one"), {}, day(0));
  REQUIRE(problem);
  CHECK(problem->severity == policy::Severity::Warning);
}

TEST_CASE("the folder of the files does not count in their digest, their names and texts do", "[app]") {
  auto there = texts_with("one");
  there.config->file = "/etc/aven/aven.json";
  there.rules.packs[0].file = "/etc/aven/rules/a.json";
  CHECK(digest_of(there) == digest_of(texts_with("one")));
  CHECK(digest_of(texts_with("two")) != digest_of(texts_with("one")));
  there.rules.packs[0].file = "/etc/aven/rules/b.json";
  CHECK(digest_of(there) != digest_of(texts_with("one")));
}
