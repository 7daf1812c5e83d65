// ControlWaits: connections of the control socket that wait for what control's thread answers.
// Thread: any.
// Lifetime: every wait has returned before it is destroyed; end() makes them return.
// Fails: never; who waits when Aven ends is told so.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "status/api.h"

namespace aven::app {

class ControlWaits {
 public:
  // Any thread may call it, once; it may outlive the wait.
  using Answer = std::function<void(status::Response)>;

  // Calls start(answer), and waits until that answer is given or end() is called.
  status::Response wait_for(const std::function<void(const Answer&)>& start);
  // Whoever waits, and whoever comes later, is told that Aven ends.
  void end();

 private:
  class Ticket;
  std::mutex mutex_;
  std::set<std::shared_ptr<Ticket>> open_;
  bool ended_ = false;
};

}  // namespace aven::app
