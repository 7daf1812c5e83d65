#include "app/control_waits.h"

#include <condition_variable>
#include <optional>
#include <utility>

namespace aven::app {
namespace {

status::Response ending() {
  return status::error_response(503, "ending", "Aven ends.");
}

}  // namespace

class ControlWaits::Ticket {
 public:
  // The first answer counts.
  void give(status::Response answer) {
    {
      const std::lock_guard lock{mutex_};
      if (!answer_) answer_ = std::move(answer);
    }
    given_.notify_all();
  }
  status::Response wait() {
    std::unique_lock lock{mutex_};
    given_.wait(lock, [this] { return answer_.has_value(); });
    return std::move(*answer_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<status::Response> answer_;
};

status::Response ControlWaits::wait_for(const std::function<void(const Answer&)>& start) {
  const auto ticket = std::make_shared<Ticket>();
  {
    const std::lock_guard lock{mutex_};
    if (ended_) return ending();
    open_.insert(ticket);
  }
  start([ticket](status::Response answer) { ticket->give(std::move(answer)); });
  auto answer = ticket->wait();
  const std::lock_guard lock{mutex_};
  open_.erase(ticket);
  return answer;
}

void ControlWaits::end() {
  const std::lock_guard lock{mutex_};
  ended_ = true;
  for (const auto& ticket : open_) ticket->give(ending());
}

}  // namespace aven::app
