#include "stats/totals.h"

#include <array>
#include <catch2/catch.hpp>

using namespace aven::stats;

TEST_CASE("rule counters are added up by pack and id, whatever number a rule has in a policy", "[stats]") {
  RuleTotals totals;
  const std::array<std::string, 2> before{"chatgpt/chatgpt", "bypass/doh"};
  RuleCounters old_policy{2};
  old_policy.hit(0);
  old_policy.hit(0);
  old_policy.would_hit(1);
  totals.add(old_policy, [&](std::size_t rule) { return before[rule]; });

  const std::array<std::string, 3> after{"new/new", "bypass/doh", "chatgpt/chatgpt"};
  RuleCounters new_policy{3};
  new_policy.hit(2);
  new_policy.would_hit(1);
  totals.add(new_policy, [&](std::size_t rule) { return after[rule]; });

  CHECK(totals.of("chatgpt/chatgpt") == RuleCount{3, 0});
  CHECK(totals.of("bypass/doh") == RuleCount{0, 2});
  CHECK(totals.of("new/new") == RuleCount{});
  CHECK(totals.of("unknown/rule") == RuleCount{});
}

TEST_CASE("the values of workers are added counter by counter", "[stats]") {
  CounterValues sum{};
  CounterValues worker{};
  worker[0] = 3;
  worker[CounterCount - 1] = 4;
  add(sum, worker);
  add(sum, worker);
  CHECK(sum[0] == 6);
  CHECK(sum[1] == 0);
  CHECK(sum[CounterCount - 1] == 8);
}
