// Guarded<T>: a value that several threads share, reachable only under its lock.
// Thread: any. Not for the packet path (STYLE.md habit 9): one thread owns a thing there, or it never changes.
#pragma once

#include <mutex>
#include <utility>

namespace aven {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  // Calls work(T&) with the lock held and returns what it returns.
  template <class Work>
  decltype(auto) with(Work&& work) {
    const std::lock_guard lock{mutex_};
    return std::forward<Work>(work)(value_);
  }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace aven
