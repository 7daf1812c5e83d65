// Timer: calls back once, or again and again, after a time.
// Thread: the loop's.   Lifetime: the loop outlives it.
// Fails: never.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "base/check.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::uv {

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback) : callback_(std::move(callback)) {
    int error = 0;
    handle_ = make<uv_timer_t>(error, this, uv_timer_init, loop.get());
    AVEN_CHECK(error == 0);
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Replaces what was started before. `repeat` 0: once.
  void start(std::chrono::milliseconds timeout, std::chrono::milliseconds repeat = {}) noexcept {
    uv_timer_start(
        handle_.get(), [](uv_timer_t* timer) noexcept { fire(timer); }, count_of(timeout), count_of(repeat));
  }
  void stop() noexcept { uv_timer_stop(handle_.get()); }
  bool is_active() const noexcept { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

 private:
  static void fire(uv_timer_t* timer) noexcept {
    if (auto* self = static_cast<Timer*>(timer->data)) self->callback_();
  }
  static std::uint64_t count_of(std::chrono::milliseconds time) noexcept {
    return time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count());
  }

  std::function<void()> callback_;
  Handle<uv_timer_t> handle_;
};

}  // namespace aven::uv
