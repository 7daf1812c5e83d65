#include "stats/counters.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

using namespace aven::stats;

TEST_CASE("counters start at zero and add up", "[stats]") {
  Counters counters;
  for (const auto value : counters.values()) CHECK(value == 0);
  counters.add(Counter::received);
  counters.add(Counter::received, 4);
  CHECK(counters.get(Counter::received) == 5);
  CHECK(counters.values()[static_cast<std::size_t>(Counter::received)] == 5);
  CHECK(counters.get(Counter::answered) == 0);
}

TEST_CASE("every counter has a name of its own and a help text", "[stats]") {
  std::set<std::string_view> names;
  for (const auto& counter : CounterList) {
    CHECK(names.insert(counter.name).second);
    CHECK_FALSE(counter.help.empty());
  }
  CHECK(CounterList[static_cast<std::size_t>(Counter::tcp_refused)].name == "tcp_refused");
}

TEST_CASE("another thread may read while the owner counts", "[stats]") {
  Counters counters;
  constexpr std::uint64_t Most = 200000;
  std::thread reader{[&] {
    std::uint64_t last = 0;
    while (last < Most) {
      const auto now = counters.get(Counter::received);
      if (now < last) break;
      last = now;
    }
  }};
  for (std::uint64_t i = 0; i < Most; ++i) counters.add(Counter::received);
  reader.join();
  CHECK(counters.get(Counter::received) == Most);
}
