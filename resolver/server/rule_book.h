// RuleBook: how often each rule decided and each group asked for ways round, since the start, over all workers and
// policies. Workers hand their
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

  // The names of the rules and groups; before counters of this policy come. Names of policies two generations back are
  // forgotten.
  void use(std::uint64_t generation, std::vector<std::string> rules, std::vector<std::string> groups) {
    names_[generation] = {std::move(rules), std::move(groups)};
    while (names_.size() > 2) names_.erase(names_.begin());
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
  struct Names {
    std::vector<std::string> rules, groups;
  };
  struct Open {
    stats::RuleTotals totals;
    std::vector<bool> counted;
  };

  void add(stats::RuleTotals& totals, std::uint64_t generation, const stats::RuleCounters& counters) const {
    const auto names = names_.find(generation);
    if (names != names_.end()) totals.add(counters, names->second.rules, names->second.groups);
  }

  std::size_t workers_;
  std::map<std::uint64_t, Names> names_;
  stats::RuleTotals totals_;
  std::map<std::uint64_t, Open> open_;
};

}  // namespace aven::server
