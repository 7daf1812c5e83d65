// RuleCounters: how often each rule of one policy decided or would have, counted by one worker.
// RuleTotals: the sums since the start, by "pack/id", over all workers and policies.
// Thread: RuleCounters belong to the worker that holds them, then to whom they are handed back; RuleTotals to
// control.   Fails: never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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

class RuleCounters {
 public:
  explicit RuleCounters(std::size_t rules) : counts_(rules) {}
  void hit(std::size_t rule) noexcept { ++counts_[rule].hits; }
  void would_hit(std::size_t rule) noexcept { ++counts_[rule].would_hits; }
  const std::vector<RuleCount>& counts() const noexcept { return counts_; }

 private:
  std::vector<RuleCount> counts_;
};

class RuleTotals {
 public:
  // `id_of(index)` names the rules of the policy that the counters are of.
  void add(const RuleCounters& counters, const std::function<std::string(std::size_t)>& id_of);
  RuleCount of(std::string_view full_id) const;

 private:
  std::map<std::string, RuleCount, std::less<>> totals_;
};

void add(CounterValues& sum, const CounterValues& values) noexcept;

}  // namespace aven::stats
