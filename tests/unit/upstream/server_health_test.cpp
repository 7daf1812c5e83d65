#include "upstream/server_health.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::upstream;
using namespace std::chrono_literals;

namespace {
constexpr Tick Start{1000s};
}

TEST_CASE("the 95th percentile is close from above, and follows", "[server_health]") {
  RttHistogram histogram;
  for (int i = 0; i < 19; ++i) histogram.add(10ms);
  CHECK_FALSE(histogram.percentile_95());
  for (int i = 0; i < 181; ++i) histogram.add(10ms);
  for (int i = 0; i < 5; ++i) histogram.add(900ms);
  REQUIRE(histogram.percentile_95());
  CHECK(*histogram.percentile_95() >= 10ms);
  CHECK(*histogram.percentile_95() <= 13ms);
  for (int i = 0; i < 100; ++i) histogram.add(100ms);
  CHECK(*histogram.percentile_95() >= 100ms);
  for (int i = 0; i < 5000; ++i) histogram.add(1ms);
  CHECK(*histogram.percentile_95() <= 1500us);
  for (const Duration extreme : {Duration{-5s}, Duration{0}, Duration{24h}}) histogram.add(extreme);
}

TEST_CASE("the time-out is RTT + 4 deviations, within 50 ms and 1.5 s", "[server_health]") {
  Health health;
  CHECK(health.retransmit_after(376ms) == 376ms);
  health.on_reply(Start, true, Start + 100ms);
  CHECK(health.retransmit_after(376ms) == 300ms);
  for (int i = 0; i < 50; ++i) health.on_reply(Start, true, Start + 1ms);
  CHECK(health.retransmit_after(376ms) == 50ms);
  for (int i = 0; i < 50; ++i) health.on_reply(Start, true, Start + 4s);
  CHECK(health.retransmit_after(376ms) == 1500ms);
}

TEST_CASE("down takes silence to several asks for a second", "[server_health]") {
  Health health;
  SECTION("one ask alone does not") {
    for (int i = 0; i < 9; ++i) health.on_timeout(Start, true, 1, Start + 4s);
    CHECK(health.is_up());
    CHECK(health.is_suspect());
  }
  SECTION("a short break does not") {
    for (std::uint64_t i = 0; i < 9; ++i) health.on_timeout(Start, true, i, Start + 500ms);
    CHECK(health.is_up());
  }
  SECTION("a question that was sent before the last answer does not") {
    health.on_reply(Start, true, Start + 1ms);
    for (std::uint64_t i = 0; i < 9; ++i) health.on_timeout(Start, true, i, Start + 2s);
    CHECK_FALSE(health.is_suspect());
  }
  SECTION("another transport does not") {
    for (std::uint64_t i = 0; i < 9; ++i) health.on_timeout(Start, false, i, Start + 2s);
    CHECK_FALSE(health.is_suspect());
  }
  SECTION("silence does, and any answer ends it") {
    for (std::uint64_t i = 0; i < 3; ++i) health.on_timeout(Start, true, i, Start + 2s);
    CHECK_FALSE(health.is_up());
    CHECK(health.wants_probe(Start + 4s));
    health.on_reply(Start, true, Start + 5s);
    CHECK(health.is_up());
    CHECK_FALSE(health.is_suspect());
    CHECK_FALSE(health.wants_probe(Start + 1h));
  }
  SECTION("three broken sockets do") {
    for (int i = 0; i < 3; ++i) health.on_error(true, Start);
    CHECK_FALSE(health.is_up());
  }
}

TEST_CASE("probes come at growing intervals", "[server_health]") {
  Health health;
  health.on_timeout(Start, true, 1, Start);
  std::vector<Duration> gaps;
  Tick last = Start;
  for (Tick now = Start; now < Start + 120s; now += 500ms) {
    if (!health.wants_probe(now)) continue;
    health.on_probe(now);
    gaps.push_back(now - last);
    last = now;
  }
  REQUIRE(gaps.size() > 6);
  CHECK(gaps[0] == 1s);
  CHECK(std::is_sorted(gaps.begin(), gaps.end()));
  CHECK(gaps.back() == 16s);
}
