#include "stats/totals.h"

namespace aven::stats {

void RuleTotals::add(const RuleCounters& counters, const std::vector<std::string>& rules,
                     const std::vector<std::string>& groups) {
  for (std::size_t i = 0; i < counters.counts().size(); ++i) {
    const RuleCount& count = counters.counts()[i];
    if (count == RuleCount{}) continue;
    RuleCount& total = totals_[rules.at(i)];
    total.hits += count.hits;
    total.would_hits += count.would_hits;
  }
  for (std::size_t i = 0; i < counters.ways_round().size(); ++i) {
    const WaysRound& count = counters.ways_round()[i];
    if (count == WaysRound{}) continue;
    WaysRound& total = ways_round_[groups.at(i)];
    total.automatic += count.automatic;
    total.resolver_lookups += count.resolver_lookups;
  }
}

RuleCount RuleTotals::of(std::string_view full_id) const {
  const auto found = totals_.find(full_id);
  return found == totals_.end() ? RuleCount{} : found->second;
}

WaysRound RuleTotals::ways_round(std::string_view group) const {
  const auto found = ways_round_.find(group);
  return found == ways_round_.end() ? WaysRound{} : found->second;
}

void add(CounterValues& sum, const CounterValues& values) noexcept {
  for (std::size_t i = 0; i < CounterCount; ++i) sum[i] += values[i];
}

}  // namespace aven::stats
