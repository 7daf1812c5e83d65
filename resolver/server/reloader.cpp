#include "server/reloader.h"

#include <pthread.h>
#include <utility>

#include "base/background.h"

namespace aven::server {

Reloader::Reloader(LoadFunction load, uv::Mailbox<Result>& control)
    : load_(std::move(load)), control_(control), thread_([this] { run(); }) {}

Reloader::~Reloader() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Reloader::load(LoadReason reason, std::uint64_t generation) {
  add(Load{reason, generation});
}

void Reloader::free(pipeline::WorkerPolicy old) {
  add(std::move(old));
}

void Reloader::run(Work work) {
  add(std::move(work));
}

void Reloader::add(Job job) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

bool Reloader::next(Job& job) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
  if (ending_) return false;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

void Reloader::run() noexcept {
  pthread_setname_np(pthread_self(), "aven-loader");
  give_way();
  for (Job job; next(job); job = pipeline::WorkerPolicy{}) {
    if (std::holds_alternative<pipeline::WorkerPolicy>(job)) continue;
    loading_.store(true, std::memory_order_relaxed);
    if (const auto* wanted = std::get_if<Load>(&job)) {
      control_.post({wanted->reason, load_(wanted->reason, wanted->generation)});
    } else {
      std::get<Work>(job)();
    }
    loading_.store(false, std::memory_order_relaxed);
  }
}

}  // namespace aven::server
