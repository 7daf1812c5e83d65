// PageBuffer: a big block of zeroed octets that grows without being copied and goes back to the system when it shrinks
// (mmap and mremap; malloc keeps freed blocks of up to 32 MiB for itself).
// Thread: as its owner.   Ownership: owns its pages; moved, not copied.   Fails: without memory it aborts (AVEN_CHECK).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace aven::policy {

class PageBuffer {
 public:
  PageBuffer() = default;
  PageBuffer(PageBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PageBuffer& operator=(PageBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PageBuffer() { resize(0); }

  // At least `size` octets; what is new is zero. Pointers into it end here.
  void resize(std::size_t size) noexcept;
  // It will change no more: whole 2 MiB of it become huge pages where the system has them, for fewer misses of the address
  // cache. Takes no more memory; a system that will not is none the worse.
  void settle() noexcept;
  std::uint8_t* data() noexcept { return data_; }
  const std::uint8_t* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;  // whole pages
};

}  // namespace aven::policy
