#include "server/look_log.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "unit/server/log_support.h"

namespace aven::server {
namespace {

TEST_CASE("each look is kept: who, where, by which filter", "[server]") {
  TempFolder folder;
  LookLog looks{folder / "looks.sqlite"};
  CHECK(looks.record({"anne", "recent", "client=10.1.1.1"}, StartMs));
  CHECK(looks.record({"anne", "recent", "client=10.1.1.2"}, StartMs));
  CHECK(looks.record({"paul", "queries", ""}, StartMs + 1));
  CHECK(read_text(folder / "looks.sqlite", "SELECT count(*) FROM looks") == "3");
  CHECK(read_text(folder / "looks.sqlite", "SELECT account || what || filter FROM looks") ==
        "annerecentclient=10.1.1.1");
}

TEST_CASE("a page that asks each second is one look until it rests", "[server]") {
  TempFolder folder;
  LookLog looks{folder / "looks.sqlite"};
  for (int second = 0; second <= 600; ++second)
    REQUIRE(looks.record({"anne", "tail", ""}, StartMs + second * SecondMs));
  CHECK(read_text(folder / "looks.sqlite", "SELECT count(*) FROM looks") == "1");
  CHECK(read_text(folder / "looks.sqlite", "SELECT times FROM looks") == "601");
  CHECK(looks.record({"anne", "tail", ""}, StartMs + 2 * HourMs));
  CHECK(read_text(folder / "looks.sqlite", "SELECT count(*) FROM looks") == "2");
}

TEST_CASE("looks are kept twelve months", "[server]") {
  TempFolder folder;
  LookLog looks{folder / "looks.sqlite"};
  CHECK(looks.record({"anne", "recent", "old"}, StartMs));
  CHECK(looks.record({"anne", "recent", "new"}, StartMs + 365 * DayMs));
  CHECK(read_text(folder / "looks.sqlite", "SELECT count(*) FROM looks") == "2");
  CHECK(looks.record({"anne", "recent", "newer"}, StartMs + 367 * DayMs));
  CHECK(read_text(folder / "looks.sqlite", "SELECT filter FROM looks") == "new");
}

TEST_CASE("a look that cannot be written is told", "[server]") {
  TempFolder folder;
  std::ofstream{folder / "state"} << "no folder";
  LookLog looks{folder / "state/looks.sqlite"};
  CHECK_FALSE(looks.record({"anne", "recent", ""}, StartMs));
  std::filesystem::remove(folder / "state");
  CHECK(looks.record({"anne", "recent", ""}, StartMs + 1));
}

}  // namespace
}  // namespace aven::server
