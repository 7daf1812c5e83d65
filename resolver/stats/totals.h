// RuleCounters: how often each rule of one policy decided or would have, and how often each group asked about ways round,
// counted by one worker.
// RuleTotals: the sums since the start, by "pack/id" and by group, over all workers and policies.
// Thread: RuleCounters belong to the worker that holds them, then to whom they are handed back; RuleTotals to
// control.   Fails: never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stats/counters.h"

namespace aven::stats {

struct RuleCount {
  std::uint64_t hits = 0;        // the rule decided
  std::uint64_t would_hits = 0;  // it is observed and would have
  friend bool operator==(const RuleCount&, const RuleCount&) = default;
};

// Questions of one group about ways round this server.
struct WaysRound {
  std::uint64_t automatic = 0;         // devices ask them by themselves: canary, Private Relay, discovery
  std::uint64_t resolver_lookups = 0;  // names of other resolvers
  friend bool operator==(const WaysRound&, const WaysRound&) = default;
};

class RuleCounters {
 public:
  explicit RuleCounters(std::size_t rules, std::size_t groups = 1) : counts_(rules), ways_round_(groups) {}
  void hit(std::size_t rule) noexcept { ++counts_[rule].hits; }
  void would_hit(std::size_t rule) noexcept { ++counts_[rule].would_hits; }
  void automatic(std::size_t group) noexcept { ++ways_round_[group].automatic; }
  void resolver_lookup(std::size_t group) noexcept { ++ways_round_[group].resolver_lookups; }
  const std::vector<RuleCount>& counts() const noexcept { return counts_; }
  const std::vector<WaysRound>& ways_round() const noexcept { return ways_round_; }

 private:
  std::vector<RuleCount> counts_;
  std::vector<WaysRound> ways_round_;
};

class RuleTotals {
 public:
  // `rules` and `groups` name those of the policy that the counters are of.
  void add(const RuleCounters& counters, const std::vector<std::string>& rules, const std::vector<std::string>& groups);
  RuleCount of(std::string_view full_id) const;
  WaysRound ways_round(std::string_view group) const;

 private:
  std::map<std::string, RuleCount, std::less<>> totals_;
  std::map<std::string, WaysRound, std::less<>> ways_round_;
};

void add(CounterValues& sum, const CounterValues& values) noexcept;

}  // namespace aven::stats
