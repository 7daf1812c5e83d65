#include "policy/name_table.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace aven;
using policy::NameTable;

namespace {

dns::Name name(const std::string& text) {
  return dns::Name::from_text(text).value();
}

std::vector<std::pair<std::size_t, NameTable::Value>> all(const NameTable& table, const std::string& text) {
  NameTable::Hits hits;
  table.find_suffixes(name(text), hits);
  std::vector<std::pair<std::size_t, NameTable::Value>> found;
  for (const auto& hit : hits.all()) found.emplace_back(hit.labels, hit.value);
  return found;
}

// Gives the name a value; returns the one before.
NameTable::Value put(NameTable& table, const std::string& text, NameTable::Value value) {
  NameTable::Value before = NameTable::None;
  table.update(name(text), [&](NameTable::Value was) {
    before = was;
    return value;
  });
  return before;
}

using Found = std::vector<std::pair<std::size_t, NameTable::Value>>;

std::string nth(std::size_t i) {
  return "host-" + std::to_string(i) + ".zone" + std::to_string(i % 1000) + ".example";
}

}  // namespace

TEST_CASE("a name and each suffix in the table are found, the longest first", "[policy]") {
  NameTable table;
  put(table, "example", 1);
  put(table, "b.example", 2);
  put(table, "a.b.example", 3);
  REQUIRE(all(table, "x.a.b.example") == Found{{3, 3}, {2, 2}, {1, 1}});
  REQUIRE(all(table, "a.example") == Found{{1, 1}});
  REQUIRE(all(table, "B.Example") == Found{{2, 2}, {1, 1}});
  REQUIRE(all(table, "other").empty());
}

TEST_CASE("a name that only ends with the same letters is not found", "[policy]") {
  NameTable table;
  put(table, "b.example", 1);
  REQUIRE(all(table, "ab.example").empty());
  REQUIRE(all(table, "example").empty());
}

TEST_CASE("inserting a name again gives the value that it has", "[policy]") {
  NameTable table;
  REQUIRE(put(table, "a.b", (1U << 24) - 1) == NameTable::None);
  REQUIRE(put(table, "a.b", 7) == (1U << 24) - 1);
  REQUIRE(put(table, "a.b", 8) == 7);
  REQUIRE(table.size() == 1);
}

TEST_CASE("a hundred thousand names are found exactly, whether the table was asked to expect them or grew",
          "[policy]") {
  constexpr std::size_t Count = 100'000;
  for (const std::size_t expected : {std::size_t{0}, Count}) {
    NameTable table{1, expected};
    for (std::size_t i = 0; i < Count; ++i) put(table, nth(i), static_cast<NameTable::Value>(i + 1));
    table.finish();
    REQUIRE(table.size() == Count);
    bool right = true;
    for (std::size_t i = 0; i < Count; ++i) {
      right &= all(table, nth(i)) == Found{{3, static_cast<NameTable::Value>(i + 1)}};
      right &= all(table, "x" + nth(i)).empty();
    }
    REQUIRE(right);
    // 3 octets, about 24 for the name, rounded up; slots of 4 octets at a load of 3/8 to 3/4.
    REQUIRE(table.memory_bytes() / Count < 45);
  }
}

TEST_CASE("a name of the greatest length with 127 labels is kept", "[policy]") {
  std::string text = "a";
  for (int i = 1; i < 127; ++i) text += ".a";
  NameTable table;
  put(table, text, 9);
  REQUIRE(all(table, text) == Found{{127, 9}});
}
