#include "stats/totals.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace aven::stats;

TEST_CASE("rule counters are added up by pack and id, whatever number a rule has in a policy", "[stats]") {
  RuleTotals totals;
  const std::vector<std::string> before{"chatgpt/chatgpt", "bypass/doh"};
  RuleCounters old_policy{2};
  old_policy.hit(0);
  old_policy.hit(0);
  old_policy.would_hit(1);
  totals.add(old_policy, before, {});

  const std::vector<std::string> after{"new/new", "bypass/doh", "chatgpt/chatgpt"};
  RuleCounters new_policy{3};
  new_policy.hit(2);
  new_policy.would_hit(1);
  totals.add(new_policy, after, {});

  CHECK(totals.of("chatgpt/chatgpt") == RuleCount{3, 0});
  CHECK(totals.of("bypass/doh") == RuleCount{0, 2});
  CHECK(totals.of("new/new") == RuleCount{});
  CHECK(totals.of("unknown/rule") == RuleCount{});
}

TEST_CASE("ways round are added up by group, whatever number a group has in a policy", "[stats]") {
  RuleTotals totals;
  RuleCounters old_policy{0, 2};
  old_policy.automatic(1);
  old_policy.resolver_lookup(0);
  totals.add(old_policy, {}, {"default", "staff"});
  RuleCounters new_policy{0, 3};
  new_policy.automatic(2);
  new_policy.resolver_lookup(2);
  totals.add(new_policy, {}, {"default", "guests", "staff"});
  CHECK(totals.ways_round("staff") == WaysRound{2, 1});
  CHECK(totals.ways_round("default") == WaysRound{0, 1});
  CHECK(totals.ways_round("guests") == WaysRound{});
  CHECK(totals.ways_round("unknown") == WaysRound{});
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
