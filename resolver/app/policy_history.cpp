#include "app/policy_history.h"

#include <algorithm>

namespace aven::app {
namespace {

// Follows the lines in their order.
class Follower {
 public:
  void take(const JournalLine& line) {
    if (line.change.kind == ChangeKind::Stopped && now_) now_->running = false;
    const std::string& id = line.change.policy_after;
    if (id.empty()) return;
    if (now_ && now_->id == id) {
      now_->running = true;
      return;
    }
    before_ = std::move(now_);
    now_ = PolicyInForce{id, line.at, true};
  }
  const std::optional<PolicyInForce>& now() const { return now_; }
  const std::optional<PolicyInForce>& before() const { return before_; }

 private:
  std::optional<PolicyInForce> now_, before_;
};

}  // namespace

std::optional<PolicyInForce> policy_in_force(const std::vector<JournalLine>& lines, WallTime at) {
  // What was written before somebody accepted the clock happened before that moment, whatever the clock showed.
  std::vector<WallTime> moments(lines.size());
  WallTime latest = WallTime::max();
  for (std::size_t i = lines.size(); i-- > 0;) {
    moments[i] = std::min(lines[i].at, latest);
    if (accepts_clock(lines[i].change)) latest = moments[i];
  }
  Follower follower;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (moments[i] <= at) follower.take(lines[i]);
  }
  return follower.now();
}

std::optional<PolicyInForce> last_policy(const std::vector<JournalLine>& lines) {
  Follower follower;
  for (const auto& line : lines) follower.take(line);
  return follower.now();
}

std::optional<PolicyInForce> policy_before_last(const std::vector<JournalLine>& lines) {
  Follower follower;
  for (const auto& line : lines) follower.take(line);
  return follower.before();
}

}  // namespace aven::app
