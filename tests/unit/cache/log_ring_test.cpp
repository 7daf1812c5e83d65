#include "cache/log_ring.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

using aven::cache::LogRing;
using aven::cache::NoRef;
using aven::cache::Ref;

TEST_CASE("a ring gives room in order and takes it back in order", "[cache]") {
  LogRing ring{100, 10};
  CHECK(ring.empty());
  CHECK(ring.place(4) == 100);
  CHECK(ring.place(4) == 104);
  CHECK(ring.place(4) == NoRef);
  CHECK(ring.tail() == 100);
  ring.pop(4);
  CHECK(ring.place(4) == 100);
  CHECK(ring.tail() == 104);
  CHECK(ring.place(1) == NoRef);
  CHECK(ring.holds(109));
  CHECK_FALSE(ring.holds(110));
}

TEST_CASE("what the oldest gives up is always enough for its like", "[cache]") {
  std::mt19937 random{4};
  LogRing ring{1, 200};
  std::deque<std::uint32_t> sizes;
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t units = 3 + static_cast<std::uint32_t>(random() % 20);
    while (ring.place(units) == NoRef) {
      const auto oldest = sizes.front();
      sizes.pop_front();
      ring.pop(oldest);
      if (random() % 2 == 0) continue;
      REQUIRE(ring.place(oldest) != NoRef);
      sizes.push_back(oldest);
    }
    sizes.push_back(units);
    auto expected = sizes.begin();
    ring.visit_all([&](Ref) { return *expected++; });
    REQUIRE(expected == sizes.end());
  }
}

TEST_CASE("freed room is used again before fresh memory is touched", "[cache]") {
  LogRing ring{1, 1000};
  for (int i = 0; i < 10; ++i) static_cast<void>(ring.place(10));
  for (int i = 0; i < 5; ++i) ring.pop(10);
  const auto touched = ring.touched_bytes();
  for (int i = 0; i < 5; ++i) CHECK(ring.place(10) != NoRef);
  CHECK(ring.touched_bytes() == touched);
}
