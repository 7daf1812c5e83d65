#include "policy/page_buffer.h"

#include <sys/mman.h>

#include "base/check.h"

namespace aven::policy {
namespace {

constexpr std::size_t PageSize = 4096;

}  // namespace

void PageBuffer::resize(std::size_t size) noexcept {
  size = (size + PageSize - 1) / PageSize * PageSize;
  if (size == size_) return;
  void* at = nullptr;
  if (size == 0) {
    AVEN_CHECK(munmap(data_, size_) == 0);
  } else if (size_ == 0) {
    at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    AVEN_CHECK(at != MAP_FAILED);
  } else {
    at = mremap(data_, size_, size, MREMAP_MAYMOVE);
    AVEN_CHECK(at != MAP_FAILED);
  }
  data_ = static_cast<std::uint8_t*>(at);
  size_ = size;
}

void PageBuffer::settle() noexcept {
  constexpr int Collapse = 25;  // MADV_COLLAPSE of Linux 6.1, which Debian 12's headers do not name yet
  if (data_ == nullptr || madvise(data_, size_, MADV_HUGEPAGE) != 0) return;
  (void)madvise(data_, size_, Collapse);
}

}  // namespace aven::policy
