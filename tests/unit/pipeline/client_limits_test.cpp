#include "pipeline/client_limits.h"

#include <catch2/catch.hpp>

using aven::IpAddress;
using aven::Tick;
using aven::pipeline::ClientLimits;
using namespace std::chrono_literals;

namespace {

const IpAddress Alice = *IpAddress::parse("10.0.0.1");
const IpAddress Bob = *IpAddress::parse("2001:db8::1");
constexpr Tick Start{1h};

}  // namespace

TEST_CASE("a client has a burst of one second, then its rate", "[pipeline]") {
  ClientLimits limits{1};
  for (int i = 0; i < 10; ++i) REQUIRE(limits.take_query(Alice, 10, Start));
  REQUIRE_FALSE(limits.take_query(Alice, 10, Start));
  REQUIRE(limits.take_query(Bob, 10, Start));
  REQUIRE(limits.take_query(Alice, 10, Start + 100ms));
  REQUIRE_FALSE(limits.take_query(Alice, 10, Start + 110ms));
}

TEST_CASE("a refused query costs nothing: the client gets its rate back", "[pipeline]") {
  ClientLimits limits{1};
  REQUIRE(limits.take_query(Alice, 1, Start));
  for (int i = 1; i < 10; ++i) REQUIRE_FALSE(limits.take_query(Alice, 1, Start + i * 100ms));
  REQUIRE(limits.take_query(Alice, 1, Start + 1s));
}

TEST_CASE("waiting queries are counted by client", "[pipeline]") {
  ClientLimits limits{1};
  REQUIRE(limits.start_waiting(Alice, 2, Start));
  REQUIRE(limits.start_waiting(Alice, 2, Start));
  REQUIRE_FALSE(limits.start_waiting(Alice, 2, Start));
  REQUIRE(limits.start_waiting(Bob, 2, Start));
  limits.stop_waiting(Alice);
  REQUIRE(limits.start_waiting(Alice, 2, Start));
}

TEST_CASE("a client that waits is never pushed out by others", "[pipeline]") {
  ClientLimits limits{1};
  REQUIRE(limits.start_waiting(Alice, 1, Start));
  for (std::uint32_t i = 0; i < 100000; ++i) {
    const std::array<std::uint8_t, 4> octets{172, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                                             static_cast<std::uint8_t>(i)};
    REQUIRE(limits.take_query(IpAddress::v4(octets), 5, Start + 1ms));
  }
  REQUIRE_FALSE(limits.start_waiting(Alice, 1, Start + 2ms));
}

TEST_CASE("stopping for a client that is not known changes nothing", "[pipeline]") {
  ClientLimits limits{1};
  limits.stop_waiting(Alice);
  REQUIRE(limits.start_waiting(Alice, 1, Start));
}
