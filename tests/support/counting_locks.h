// CountLocks: how often a mutex is locked while it lives, by this thread.
// Including this header puts itself before pthread_mutex_lock(), so one file of a test program includes it, once.
// Thread: each thread has its own count.
#pragma once

#include <cstddef>
#include <dlfcn.h>
#include <pthread.h>

namespace aven::test {

inline thread_local std::size_t locks_of_thread = 0;

class CountLocks {
 public:
  CountLocks() noexcept : before_(locks_of_thread) {}
  CountLocks(const CountLocks&) = delete;
  CountLocks& operator=(const CountLocks&) = delete;
  std::size_t count() const noexcept { return locks_of_thread - before_; }

 private:
  std::size_t before_;
};

}  // namespace aven::test

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static const auto next = reinterpret_cast<Lock>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  ++aven::test::locks_of_thread;
  return next(mutex);
}
