#include "app/last_good.h"

#include <catch2/catch.hpp>

#include "app/text_file.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

InputTexts some_texts() {
  InputTexts texts;
  texts.config = policy::SourceText{"aven.json", "{\"language\": \"fr\"}\n"};
  texts.rules.packs = {{"rules/a.json", "first\nsecond"}, {"rules/odd \n name.json", ""}};
  texts.rules.name_sets = {{"rules/names/n.json", std::string("zero \0 inside", 13)}};
  return texts;
}

bool same(const std::vector<policy::SourceText>& a, const std::vector<policy::SourceText>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.file == y.file && x.text == y.text; });
}

}  // namespace

TEST_CASE("what was kept comes back octet for octet", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder / "deep/state"};
  CHECK_FALSE(copy.save(some_texts()));
  policy::Problems problems;
  const auto texts = copy.load(problems);
  REQUIRE(texts);
  CHECK(problems.empty());
  REQUIRE(texts->config);
  CHECK(texts->config->file == "aven.json");
  CHECK(texts->config->text == some_texts().config->text);
  CHECK(same(texts->rules.packs, some_texts().rules.packs));
  CHECK(same(texts->rules.name_sets, some_texts().rules.name_sets));
  CHECK_FALSE(copy.date().empty());
}

TEST_CASE("a set without a configuration file comes back without one", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder.path()};
  CHECK_FALSE(copy.save({}));
  policy::Problems problems;
  const auto texts = copy.load(problems);
  REQUIRE(texts);
  CHECK_FALSE(texts->config);
  CHECK(texts->rules.packs.empty());
}

TEST_CASE("without a copy there is nothing and no problem", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder / "state"};
  policy::Problems problems;
  CHECK_FALSE(copy.load(problems));
  CHECK(problems.empty());
  CHECK(copy.date().empty());
}

TEST_CASE("a set that is kept already is not written again", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder.path()};
  CHECK_FALSE(copy.save(some_texts()));
  std::filesystem::create_directory(folder / "last-good.aven.new");  // in the way of any write
  CHECK_FALSE(copy.save(some_texts()));
  auto changed = some_texts();
  changed.rules.packs[0].text += '!';
  CHECK(copy.save(changed));
}

TEST_CASE("a copy with any octet changed or missing is not used", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder.path()};
  REQUIRE_FALSE(copy.save(some_texts()));
  const std::string whole = *read_text(folder / "last-good.aven");
  const auto expect_damaged = [&](const std::string& octets) {
    folder.write("last-good.aven", octets);
    policy::Problems problems;
    CHECK_FALSE(copy.load(problems));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].text == "the last good copy cannot be used: it is damaged");
    CHECK(problems[0].severity == policy::Severity::Warning);
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto octets = whole;
    octets[i] = static_cast<char>(octets[i] ^ 1);
    expect_damaged(octets);
    expect_damaged(whole.substr(0, i));
  }
  folder.write("last-good.aven", whole);
  policy::Problems problems;
  CHECK(copy.load(problems));
}

TEST_CASE("a damaged copy is replaced by the next accepted set", "[app]") {
  const TempFolder folder;
  const LastGood copy{folder.path()};
  REQUIRE_FALSE(copy.save(some_texts()));
  std::string octets = *read_text(folder / "last-good.aven");
  octets[30] = static_cast<char>(octets[30] ^ 1);
  folder.write("last-good.aven", octets);
  CHECK_FALSE(copy.save(some_texts()));
  policy::Problems problems;
  CHECK(copy.load(problems));
}

TEST_CASE("a state folder that cannot be written is a warning", "[app]") {
  const TempFolder folder;
  folder.write("state", "a file in its place");
  const LastGood copy{folder / "state"};
  const auto problem = copy.save(some_texts());
  REQUIRE(problem);
  CHECK(problem->severity == policy::Severity::Warning);
  CHECK(problem->file == (folder / "state/last-good.aven").string());
  policy::Problems problems;
  CHECK_FALSE(copy.load(problems));
  CHECK(problems.empty());
}
