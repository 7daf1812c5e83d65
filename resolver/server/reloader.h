// Reloader: the loader thread. It reads and compiles when asked, and frees policies that nobody uses any
// more, so that neither workers nor control ever free a million names. It lets others go first
// (base/background).
// Thread: control calls; the load function runs on the loader's thread.
// Ownership: what is given to free() is kept until it is that job's turn. The destructor waits for a load
// under way.
// Fails: never; a load's problems are in its result.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>

#include "pipeline/settings.h"
#include "policy/pattern_set.h"  // a WorkerPolicy is destroyed here
#include "server/loaded.h"
#include "uv/mailbox.h"

namespace aven::server {

class Reloader {
 public:
  struct Result {
    LoadReason reason;
    Loaded loaded;
  };
  Reloader(LoadFunction load, uv::Mailbox<Result>& control);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // In the order of the calls: what was given to free() before a load is freed before it.
  void load(LoadReason reason, std::uint64_t generation);
  void free(pipeline::WorkerPolicy old);
  void run(std::function<void()> work);  // never throws
  bool is_loading() const noexcept { return loading_.load(std::memory_order_relaxed); }

 private:
  struct Load {
    LoadReason reason;
    std::uint64_t generation;
  };
  using Work = std::function<void()>;
  using Job = std::variant<pipeline::WorkerPolicy, Load, Work>;

  void run() noexcept;
  void add(Job job);
  bool next(Job& job);

  LoadFunction load_;
  uv::Mailbox<Result>& control_;
  std::atomic<bool> loading_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aven::server
