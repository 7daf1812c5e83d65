#include "stats/distinct_count.h"

#include <catch2/catch.hpp>

#include "stats/query_log.h"

namespace aven::stats {
namespace {

// Some network's first `count` devices.
DistinctCount seen(std::uint32_t count, std::uint32_t from = 0) {
  DistinctCount out;
  for (std::uint32_t i = from; i < from + count; ++i) {
    const std::array<std::uint8_t, 4> octets{10, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                                             static_cast<std::uint8_t>(i)};
    for (int again = 0; again < 3; ++again) out.add(device_hash(IpAddress::v4(octets), 0x5EED));
  }
  return out;
}

TEST_CASE("few devices are counted nearly exactly", "[stats]") {
  CHECK(DistinctCount{}.estimate() == 0);
  for (const std::uint32_t count : {1U, 2U, 4U, 5U, 9U}) CHECK(seen(count).estimate() == count);
}

TEST_CASE("many devices are counted within a few percent", "[stats]") {
  for (const std::uint32_t count : {100U, 1'000U, 3'000U, 20'000U, 200'000U}) {
    CHECK(static_cast<double>(seen(count).estimate()) == Approx(count).epsilon(0.1));
  }
}

TEST_CASE("merged counts know what both saw", "[stats]") {
  auto count = seen(1'000);
  count.merge(seen(1'000, 500));
  CHECK(static_cast<double>(count.estimate()) == Approx(1'500).epsilon(0.1));
}

}  // namespace
}  // namespace aven::stats
