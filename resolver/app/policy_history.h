// Which policy was in force when, by the journal.
// Thread: any.
// Fails: nothing where the journal does not know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/journal_line.h"
#include "base/tick.h"

namespace aven::app {

struct PolicyInForce {
  std::string id;
  WallTime since{};
  bool running = true;  // false: Aven had been stopped; this is what ran last
};
// The last one of which a line at or before `at` tells.
std::optional<PolicyInForce> policy_in_force(const std::vector<JournalLine>& lines, WallTime at);
// The last one of all, whatever the clock.
std::optional<PolicyInForce> last_policy(const std::vector<JournalLine>& lines);
// The one before the last one: what a rollback without an id goes back to.
std::optional<PolicyInForce> policy_before_last(const std::vector<JournalLine>& lines);

}  // namespace aven::app
