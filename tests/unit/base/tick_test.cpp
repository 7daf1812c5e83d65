#include "base/tick.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace std::chrono_literals;

TEST_CASE("seconds between two ticks are rounded down", "[base]") {
  constexpr Tick Start{5s};
  CHECK(seconds_between(Start, Start + 1999ms) == 1);
  CHECK(seconds_between(Start, Start + 2s) == 2);
}

TEST_CASE("an earlier tick is no time away", "[base]") {
  constexpr Tick Start{5s};
  CHECK(seconds_between(Start, Start) == 0);
  CHECK(seconds_between(Start, Start - 1s) == 0);
}

TEST_CASE("more seconds than fit are as many as fit", "[base]") {
  CHECK(seconds_between(Tick{}, Never) == UINT32_MAX);
}

TEST_CASE("the boot clock does not go back", "[base]") {
  const Tick first = read_tick();
  CHECK(read_tick() >= first);
}

TEST_CASE("wall time is after this was written", "[base]") {
  CHECK(read_wall_time() > WallTime{std::chrono::sys_days{std::chrono::year{2024} / 1 / 1}});
}
