#include "cache/index.h"

#include <catch2/catch.hpp>
#include <random>
#include <unordered_map>
#include <vector>

using namespace aven::cache;

TEST_CASE("an index that grows bucket by bucket finds all that it took", "[cache]") {
  std::vector<Index::Bucket> buckets(4096);
  Index index{buckets.data(), 4096};
  std::mt19937 random{1};
  std::unordered_map<Ref, std::uint32_t> kept;
  for (Ref ref = 1; ref <= 10000; ++ref) {
    const auto tag = static_cast<std::uint32_t>(random());
    if (index.add(tag, ref)) kept[ref] = tag;
  }
  CHECK(kept.size() > 9980);
  CHECK(index.size() == kept.size());
  CHECK(index.bytes() < kept.size() * 27);
  for (const auto& [ref, tag] : kept) REQUIRE(index.find(tag, [&, r = ref](Ref found) { return found == r; }) == ref);

  for (const auto& [ref, tag] : kept) {
    index.move(tag, ref, ref + 20000);
    index.remove(tag, ref + 20000);
    REQUIRE(index.find(tag, [&, r = ref](Ref found) { return found == r || found == r + 20000; }) == NoRef);
  }
  CHECK(index.size() == 0);
}

TEST_CASE("a full index says so and stays in its bounds", "[cache]") {
  std::vector<Index::Bucket> buckets(Index::FirstBuckets);
  Index index{buckets.data(), Index::FirstBuckets};
  Ref next = 1;
  for (std::uint32_t tag = 0; tag < 10000; ++tag) {
    if (index.add(tag, next)) ++next;
  }
  CHECK(index.size() == Index::FirstBuckets * Index::Bucket::Slots);
  CHECK_FALSE(index.add(1, next));
}
