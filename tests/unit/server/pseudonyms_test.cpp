#include "server/pseudonyms.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "unit/server/log_support.h"

namespace aven::server {
namespace {

TEST_CASE("a client has one pseudonym within a period, and keeps it over a restart", "[server]") {
  TempFolder folder;
  Counting random;
  Pseudonyms first{folder / "keys", random};
  const auto one = first.of("10.1.1.1", 7);
  REQUIRE(one);
  CHECK(one->size() == 18);
  CHECK(one == first.of("10.1.1.1", 7));
  CHECK(one != first.of("10.1.1.2", 7));
  CHECK(one != first.of("10.1.1.1", 8));
  CHECK(one == Pseudonyms{folder / "keys", random}.of("10.1.1.1", 7));
  struct stat found {};
  REQUIRE(::stat((folder / "keys").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a key that was destroyed does not come back", "[server]") {
  TempFolder folder;
  Counting random;
  Pseudonyms pseudonyms{folder / "keys", random};
  const auto before = pseudonyms.of("10.1.1.1", 7);
  const auto later = pseudonyms.of("10.1.1.1", 9);
  REQUIRE(pseudonyms.forget_before(9));
  Pseudonyms again{folder / "keys", random};
  CHECK(again.of("10.1.1.1", 7) != before);
  CHECK(again.of("10.1.1.1", 9) == later);
}

TEST_CASE("a key that cannot be kept is not used", "[server]") {
  TempFolder folder;
  Counting random;
  Pseudonyms pseudonyms{folder / "no/such/folder", random};
  CHECK_FALSE(pseudonyms.of("10.1.1.1", 7));
  CHECK_FALSE(pseudonyms.error().empty());
}

}  // namespace
}  // namespace aven::server
