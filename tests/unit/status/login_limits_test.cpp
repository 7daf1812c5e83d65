#include "status/login_limits.h"

#include <catch2/catch.hpp>
#include <string>

namespace aven::status {
namespace {

using namespace std::chrono_literals;

IpAddress at(const std::string& text) {
  return *IpAddress::parse(text);
}

TEST_CASE("an address has some tries, and gets one back every few minutes", "[status]") {
  LoginLimits limits;
  Tick now = Tick{} + 1h;
  for (int i = 0; i < 5; ++i) CHECK(limits.take(at("10.1.1.1"), now));
  CHECK_FALSE(limits.take(at("10.1.1.1"), now));
  CHECK(limits.take(at("10.1.1.2"), now));
  now += 3min;
  CHECK(limits.take(at("10.1.1.1"), now));
  CHECK_FALSE(limits.take(at("10.1.1.1"), now));
  limits.succeeded(at("10.1.1.1"));
  CHECK(limits.take(at("10.1.1.1"), now));
}

TEST_CASE("one /64 of IPv6 counts as one, a mapped address as IPv4", "[status]") {
  LoginLimits limits;
  const Tick now = Tick{} + 1h;
  for (int i = 0; i < 5; ++i) CHECK(limits.take(at("2001:db8::" + std::to_string(i)), now));
  CHECK_FALSE(limits.take(at("2001:db8::99"), now));
  CHECK(limits.take(at("2001:db8:0:1::1"), now));
  for (int i = 0; i < 5; ++i) CHECK(limits.take(at("10.1.1.1"), now));
  CHECK_FALSE(limits.take(at("::ffff:10.1.1.1"), now));
}

TEST_CASE("many addresses together have a bound too", "[status]") {
  LoginLimits limits;
  Tick now = Tick{} + 1h;
  int taken = 0;
  for (int i = 0; i < 200; ++i) taken += limits.take(at("10.1.2." + std::to_string(i)), now) ? 1 : 0;
  CHECK(taken == 30);
  now += 2s;
  CHECK(limits.take(at("10.1.3.1"), now));
  CHECK_FALSE(limits.take(at("10.1.3.2"), now));
}

TEST_CASE("a stranger with many addresses makes nobody's tries come back", "[status]") {
  LoginLimits limits;
  Tick now = Tick{} + 1h;
  for (int i = 0; i < 5; ++i) CHECK(limits.take(at("10.9.9.9"), now));
  for (std::size_t i = 0; i < LoginLimits::MostAddresses + 10; ++i) {
    const auto address =
        "172." + std::to_string(16 + i / 65536) + '.' + std::to_string(i / 256 % 256) + '.' + std::to_string(i % 256);
    now += 10ms;
    limits.take(at(address), now);
  }
  CHECK_FALSE(limits.take(at("10.9.9.9"), now));
}

}  // namespace
}  // namespace aven::status
