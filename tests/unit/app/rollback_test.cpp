#include "app/rollback.h"

#include <catch2/catch.hpp>

#include "app/journal_line.h"
#include "app/text_file.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

TEST_CASE("a mark comes back as it was written, and goes when it is over", "[app]") {
  const TempFolder folder;
  CHECK(!*read_rollback(folder.path()));
  const RollbackMark mark{"abc", "the \"new\" list\nblocks too much", "alice (uid 1000)",
                          *parse_utc("2026-11-24T12:00:00Z"), "def"};
  REQUIRE_FALSE(write_rollback(folder.path(), mark));
  const auto read = read_rollback(folder.path());
  REQUIRE((read && *read));
  CHECK((*read)->policy == mark.policy);
  CHECK((*read)->reason == mark.reason);
  CHECK((*read)->account == mark.account);
  CHECK((*read)->at == mark.at);
  CHECK((*read)->files == mark.files);
  CHECK_FALSE(end_rollback(folder.path()));
  CHECK_FALSE(end_rollback(folder.path()));
  CHECK(!*read_rollback(folder.path()));
}

TEST_CASE("a mark with any octet changed or missing is not used", "[app]") {
  const TempFolder folder;
  REQUIRE_FALSE(write_rollback(folder.path(), {"abc", "r", "a", *parse_utc("2026-11-24T12:00:00Z"), "def"}));
  const std::string whole = *read_text(rollback_file(folder.path()));
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    std::string octets = whole;
    octets[i] = static_cast<char>(octets[i] ^ 1);
    folder.write("rollback.json", octets);
    INFO(octets);
    CHECK_FALSE(read_rollback(folder.path()));
    folder.write("rollback.json", whole.substr(0, i));
    CHECK_FALSE(read_rollback(folder.path()));
  }
}
