// replay: what a proposed set of rules would have answered to the questions of a stored query log, counted by rule and
// group. No client is named.
//   A question is judged at its hour and day of the week, in the week that begins at a chosen moment, so that a rule
//   that starts or ends counts as it would then.
//   A line with a pseudonym is judged as its group: what rules say of single clients is not seen.
//   The log holds no replies, so names alone are judged, no aliases and no addresses.
// Thread: one; not a worker.   Lifetime: looks at the set.
// Fails: never; a line that cannot be judged is counted as such.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/loading.h"
#include "base/tick.h"
#include "policy/pattern_set.h"
#include "server/log_row.h"

namespace aven::app {

struct Replay {
  struct Count {
    std::uint64_t blocked = 0;        // by the proposed rules, `newly` among them
    std::uint64_t newly_blocked = 0;  // was answered then
    std::uint64_t newly_allowed = 0;  // was blocked by this rule then
    std::uint64_t unclear = 0;      // was blocked by this rule, which still holds but does not name it: by an alias or
                                    // an address, or the name was taken out
    std::uint64_t would_block = 0;  // this rule observes
    Count& operator+=(const Count& other) noexcept;
  };
  struct Names {
    std::size_t all = 0;
    std::vector<std::pair<std::string, std::uint64_t>> first;  // the most asked ones
  };

  std::uint64_t lines = 0, judged = 0;
  std::uint64_t by_group = 0;              // of the judged: pseudonymised
  std::uint64_t unjudged = 0;              // records, special names, clients that may not ask, groups that are no more
  bool only_blocked = true;                // the log kept no other questions: what is newly blocked does not show
  std::int64_t first_ms = 0, last_ms = 0;  // since 1970
  Count sum;
  std::map<std::string, std::map<std::string, Count>> rules;  // rule, group
  Names newly_blocked, newly_allowed;
};

class Replayer {
 public:
  // `proposed` must be usable; `from`: when the week begins.
  Replayer(const LoadedSet& proposed, WallTime from);

  void take(const server::LogRow& row);
  Replay finish();

 private:
  struct Judged {
    policy::Verdict verdict;
    policy::ClassIndex client = 0;
  };
  std::optional<policy::ClassIndex> client_of(const server::LogRow& row) const;
  std::optional<policy::ClassIndex> class_of_group(const std::string& group) const;
  const policy::Activity& activity_at(std::int64_t unix_ms) const;
  std::optional<Judged> judge(const server::LogRow& row) const;
  bool still_holds(const server::LogRow& row, policy::ClassIndex client) const;
  void compare(const server::LogRow& row, const Judged& judged);
  Replay::Count& count(const std::string& rule, policy::ClassIndex client);

  const LoadedSet& set_;
  const policy::Policy& policy_;
  const std::unique_ptr<policy::PatternSet> patterns_;
  date::local_seconds from_;
  std::vector<std::pair<WallTime, policy::Activity>> week_;  // each from its moment on
  std::map<std::string, policy::ClassIndex, std::less<>> groups_;
  std::map<std::string, policy::RuleIndex, std::less<>> rules_;
  Replay out_;
  std::map<std::string, std::uint64_t> newly_blocked_, newly_allowed_;
};

}  // namespace aven::app
