#include "app/access_journal.h"

#include <catch2/catch.hpp>

#include "unit/app/journal_support.h"

using namespace aven::app;

namespace {

constexpr std::int64_t Minute = 60'000, Start = 1'795'500'000'000;

struct Scene {
  RememberingSink journal;
  AccessJournal access{journal};
};

}  // namespace

TEST_CASE("a log-in is told with its account", "[app]") {
  Scene scene;
  scene.access.logged_in("marie");
  REQUIRE(scene.journal.changes.size() == 1);
  CHECK(scene.journal.changes[0].kind == ChangeKind::LoggedIn);
  CHECK(scene.journal.changes[0].account == "marie");
}

TEST_CASE("looks are one line until they pause for ten minutes, for each account and place", "[app]") {
  Scene scene;
  for (int minute = 0; minute < 60; minute += 5) {
    scene.access.looked({"marie", "tail", ""}, Start + minute * Minute);
  }
  CHECK(scene.journal.changes.size() == 1);
  scene.access.looked({"marie", "queries", ""}, Start + 55 * Minute);
  scene.access.looked({"paul", "tail", ""}, Start + 55 * Minute);
  CHECK(scene.journal.changes.size() == 3);
  scene.access.looked({"marie", "tail", ""}, Start + 66 * Minute);
  CHECK(scene.journal.changes.size() == 4);
}

TEST_CASE("what was looked for is not told: it may be a client", "[app]") {
  Scene scene;
  scene.access.looked({"marie", "queries", "client=10.1.1.1&name=a.example"}, Start);
  REQUIRE(scene.journal.changes.size() == 1);
  CHECK(to_text({0, "", {}, "", "", scene.journal.changes[0]}).find("10.1.1.1") == std::string::npos);
  CHECK(scene.journal.changes[0].details == std::vector<std::pair<std::string, std::string>>{{"what", "queries"}});
  scene.access.looked({"marie", "queries", "client=10.1.1.2"}, Start + Minute);
  CHECK(scene.journal.changes.size() == 1);
}
