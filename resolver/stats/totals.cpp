#include "stats/totals.h"

namespace aven::stats {

void RuleTotals::add(const RuleCounters& counters, const std::function<std::string(std::size_t)>& id_of) {
  for (std::size_t i = 0; i < counters.counts().size(); ++i) {
    const RuleCount& count = counters.counts()[i];
    if (count == RuleCount{}) continue;
    RuleCount& total = totals_[id_of(i)];
    total.hits += count.hits;
    total.would_hits += count.would_hits;
  }
}

RuleCount RuleTotals::of(std::string_view full_id) const {
  const auto found = totals_.find(full_id);
  return found == totals_.end() ? RuleCount{} : found->second;
}

void add(CounterValues& sum, const CounterValues& values) noexcept {
  for (std::size_t i = 0; i < CounterCount; ++i) sum[i] += values[i];
}

}  // namespace aven::stats
