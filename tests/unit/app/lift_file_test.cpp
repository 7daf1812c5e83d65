#include "app/lift_file.h"

#include <catch2/catch.hpp>

#include "app/text_file.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

constexpr WallTime Then{std::chrono::seconds{1'795'500'000}};

KeptLifts example() {
  KeptLifts kept;
  kept.last_number = 7;
  kept.lifts.pauses = {{policy::PauseScope::Group, "agents", {5, Then, Then + std::chrono::hours{1}, "é \"x\"\n", "a"}},
                       {policy::PauseScope::All, "", {6, Then, Then + std::chrono::hours{2}, "fire", "b"}}};
  kept.lifts.exemptions = {{"p/r", *IpAddress::parse("10.1.1.1"), {7, Then, Then + std::chrono::hours{3}, "why", "c"}}};
  kept.ended = {{"p/r", *IpAddress::parse("2001:db8::1"), {1, Then, Then, "old", "d"}}};
  return kept;
}

}  // namespace

TEST_CASE("what people lifted is read as it was kept", "[app]") {
  const TempFolder folder;
  const LiftFile file{folder / "state"};
  policy::Problems problems;
  CHECK(file.load(problems) == KeptLifts{});
  CHECK_FALSE(file.save(example()));
  CHECK(file.load(problems) == example());
  CHECK(problems.empty());
}

TEST_CASE("a damaged file lifts nothing and is a problem, wherever it is damaged", "[app]") {
  const TempFolder folder;
  const LiftFile file{folder.path()};
  REQUIRE_FALSE(file.save(example()));
  const std::string whole = *read_text(folder / "lifts.json");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    folder.write("lifts.json", whole.substr(0, size));
    policy::Problems problems;
    REQUIRE(file.load(problems) == KeptLifts{});
    REQUIRE(problems.size() == 1);
  }
  for (std::size_t place = 0; place < whole.size(); ++place) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    folder.write("lifts.json", changed);
    policy::Problems problems;
    REQUIRE(file.load(problems) == KeptLifts{});
    REQUIRE(problems.size() == 1);
  }
}

TEST_CASE("a state folder that cannot be written is said", "[app]") {
  const TempFolder folder;
  folder.write("state", "a file");
  CHECK(LiftFile{folder / "state"}.save(example()));
}

TEST_CASE("every scope has its key", "[app]") {
  for (const auto scope : {policy::PauseScope::All, policy::PauseScope::Rule, policy::PauseScope::Group}) {
    CHECK(parse_scope(key_of(scope)) == scope);
  }
  CHECK_FALSE(parse_scope("everything"));
}
