// Ghosts: marks of entries that were evicted young. One that comes back was wanted after all (S3-FIFO).
// Thread: the worker's.   Ownership: the marks lie in the arena, zero at first.
// Fails: an old ghost may be forgotten.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aven::cache {

class Ghosts {
 public:
  using Mark = std::uint16_t;  // of a tag; one in 65,536 is taken for another

  Ghosts(Mark* marks, std::uint32_t count) noexcept : marks_(marks), count_(count) {}

  void remember(std::uint32_t tag) noexcept {
    used_ = true;
    place(tag) = mark(tag);
  }
  // Was it there? It is not any more.
  bool take(std::uint32_t tag) noexcept {
    if (!used_ || place(tag) != mark(tag)) return false;
    place(tag) = 0;
    return true;
  }
  std::size_t bytes() const noexcept { return used_ ? count_ * sizeof(Mark) : 0; }
  void reset() noexcept { used_ = false; }

 private:
  Mark& place(std::uint32_t tag) noexcept { return marks_[std::uint64_t{tag} * count_ >> 32]; }
  static Mark mark(std::uint32_t tag) noexcept { return static_cast<Mark>(tag | 1); }

  Mark* marks_;
  std::uint32_t count_;
  bool used_ = false;
};

}  // namespace aven::cache
