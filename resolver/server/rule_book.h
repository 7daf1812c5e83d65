// RuleBook: how often each rule decided since the start, over all workers and policies. Workers hand their
// counters back with each policy; a snapshot adds those that they still hold, each once, whatever is handed
// back meanwhile.
// Thread: control's.
// Fails: never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stats/totals.h"

namespace aven::server {

class RuleBook {
 public:
  explicit RuleBook(std::size_t workers) : workers_(workers) {}

  // The names of the rules; before counters of this policy come. Names of policies two generations back are
  // forgotten.
  void use(std::uint64_t generation, std::vector<std::string> ids) {
    ids_[generation] = std::move(ids);
    while (ids_.size() > 2) ids_.erase(ids_.begin());
  }

  void returned(std::size_t worker, std::uint64_t generation, const stats::RuleCounters& counters) {
    add(totals_, generation, counters);
    for (auto& [request, open] : open_) {
      if (!open.counted[worker]) add(open.totals, generation, counters);
    }
  }

  void start(std::uint64_t request) { open_.emplace(request, Open{totals_, std::vector<bool>(workers_)}); }
  void held(std::uint64_t request, std::size_t worker, std::uint64_t generation, const stats::RuleCounters& counters) {
    const auto found = open_.find(request);
    if (found == open_.end()) return;
    add(found->second.totals, generation, counters);
    found->second.counted[worker] = true;
  }
  stats::RuleTotals finish(std::uint64_t request) { return std::move(open_.extract(request).mapped().totals); }

 private:
  struct Open {
    stats::RuleTotals totals;
    std::vector<bool> counted;
  };

  void add(stats::RuleTotals& totals, std::uint64_t generation, const stats::RuleCounters& counters) const {
    const auto ids = ids_.find(generation);
    if (ids != ids_.end()) totals.add(counters, [&](std::size_t rule) { return ids->second.at(rule); });
  }

  std::size_t workers_;
  std::map<std::uint64_t, std::vector<std::string>> ids_;
  stats::RuleTotals totals_;
  std::map<std::uint64_t, Open> open_;
};

}  // namespace aven::server
