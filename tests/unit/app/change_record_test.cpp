#include "app/change_record.h"

#include <catch2/catch.hpp>
#include <set>

using namespace aven::app;

TEST_CASE("every kind of change has a key of its own that leads back to it", "[app]") {
  std::set<std::string_view> keys;
  for (int i = 0; i <= static_cast<int>(ChangeKind::RecordsLost); ++i) {
    const auto kind = static_cast<ChangeKind>(i);
    keys.insert(key(kind));
    CHECK(parse_change_kind(key(kind)) == kind);
  }
  CHECK(keys.size() == static_cast<std::size_t>(ChangeKind::RecordsLost) + 1);
  CHECK_FALSE(parse_change_kind("policy_accepte"));
}
