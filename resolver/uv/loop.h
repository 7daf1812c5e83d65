// Loop: owner of one libuv event loop.
// Thread: made by one thread, run by one; the destructor when nobody runs it any more.
// Lifetime: outlives the owners of its handles; the destructor lets their close callbacks run.
// Fails: without memory or descriptors for a loop there is no program: AVEN_CHECK.
#pragma once

#include <uv.h>

namespace aven::uv {

class Loop {
 public:
  // Also makes the process ignore SIGPIPE: libuv writes to sockets without MSG_NOSIGNAL.
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* get() noexcept { return &loop_; }
  // Until stop(), or until no handle is active.
  void run() noexcept { uv_run(&loop_, UV_RUN_DEFAULT); }
  // Waits for events and handles them once.
  void run_once() noexcept { uv_run(&loop_, UV_RUN_ONCE); }
  // From inside a callback: run() returns after this turn.
  void stop() noexcept { uv_stop(&loop_); }

 private:
  uv_loop_t loop_{};
};

}  // namespace aven::uv
