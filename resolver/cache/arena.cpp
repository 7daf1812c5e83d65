#include "cache/arena.h"

#include <new>
#include <sys/mman.h>

#include "base/check.h"

namespace aven::cache {

Arena::Arena(std::size_t bytes) : bytes_(bytes) {
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc{};
  base_ = static_cast<std::uint8_t*>(mapped);
  // An empty cache must stay small: a huge page for one entry would be 2 MiB a region and worker.
  madvise(base_, bytes_, MADV_NOHUGEPAGE);
}

Arena::~Arena() {
  munmap(base_, bytes_);
}

void Arena::forget_all() noexcept {
  AVEN_CHECK(madvise(base_, bytes_, MADV_DONTNEED) == 0);
}

}  // namespace aven::cache
