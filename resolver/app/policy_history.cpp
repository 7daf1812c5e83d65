#include "app/policy_history.h"

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
  Follower follower;
  for (const auto& line : lines) {
    if (line.at <= at) follower.take(line);
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
