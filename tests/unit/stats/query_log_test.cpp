#include "stats/query_log.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

namespace aven::stats {
namespace {

QueryRecord record_of(std::uint32_t number, std::size_t name_size) {
  QueryRecord record;
  record.latency_us = number;
  record.kind = QueryRecord::Kind::Row;
  record.set_client(IpAddress::v4(std::array<std::uint8_t, 4>{10, 1, 2, static_cast<std::uint8_t>(number)}));
  record.name_size = static_cast<std::uint8_t>(name_size);
  std::fill_n(record.octets.begin(), name_size, static_cast<std::uint8_t>('a' + number % 26));
  return record;
}

bool push(QueryRing& ring, const QueryRecord& record) {
  return ring.push(record, record.name());
}

std::string name_of(const QueryRecord& record) {
  return {record.name().begin(), record.name().end()};
}

TEST_CASE("a record comes out as it went in, whatever the length of its name", "[stats]") {
  QueryRing ring{16};
  QueryRecord out;
  for (std::uint32_t size = 0; size <= QueryRecord::MaxNameSize; ++size) {  // many times round the ring
    const auto in = record_of(size, size);
    REQUIRE(push(ring, in));
    REQUIRE(ring.pop(out));
    CHECK(out.latency_us == size);
    CHECK(out.kind == QueryRecord::Kind::Row);
    CHECK(out.address() == in.address());
    CHECK(name_of(out) == name_of(in));
  }
  CHECK_FALSE(ring.pop(out));
}

TEST_CASE("a full ring refuses records and takes them again when there is room", "[stats]") {
  QueryRing ring{8};
  QueryRecord out;
  std::uint32_t taken = 0;
  while (push(ring, record_of(taken, 4))) ++taken;
  CHECK(taken == 8);  // one cell each
  REQUIRE(ring.pop(out));
  CHECK(out.latency_us == 0);
  CHECK_FALSE(push(ring, record_of(100, 60)));  // two cells
  CHECK(push(ring, record_of(101, 4)));
  for (std::uint32_t i = 1; i < 8; ++i) {
    REQUIRE(ring.pop(out));
    CHECK(out.latency_us == i);
  }
  REQUIRE(ring.pop(out));
  CHECK(out.latency_us == 101);
}

TEST_CASE("what one thread pushes another pops, in order", "[stats]") {
  constexpr std::uint32_t Count = 20'000;
  QueryRing ring{64};
  std::thread producer{[&] {
    for (std::uint32_t i = 0; i < Count;) {
      if (push(ring, record_of(i, i % 200))) ++i;
    }
  }};
  bool in_order = true;
  QueryRecord out;
  for (std::uint32_t i = 0; i < Count;) {
    if (!ring.pop(out)) continue;
    in_order = in_order && out.latency_us == i && name_of(out) == name_of(record_of(i, i % 200));
    ++i;
  }
  producer.join();
  CHECK(in_order);
}

TEST_CASE("a device's number holds until the key changes", "[stats]") {
  QueryRing one{16}, other{16};
  const auto a = *IpAddress::parse("10.1.1.1"), b = *IpAddress::parse("2001:db8::1");
  one.set_device_key(7);
  other.set_device_key(7);
  CHECK(one.device_of(a) == other.device_of(a));
  CHECK(one.device_of(a) != one.device_of(b));
  const auto before = one.device_of(a);
  one.set_device_key(8);
  CHECK(one.device_of(a) != before);
}

}  // namespace
}  // namespace aven::stats
