// LogRing: room for entries of any size in the order they came: new ones at the head, the oldest at the
// tail. There is no fragmentation: what goes, goes at the tail.
// Thread: the worker's.   Ownership: only counts units; the memory is the arena's.
// Fails: place() gives NoRef when there is no room; pop() then makes some.
#pragma once

#include <cstdint>

#include "cache/arena.h"

namespace aven::cache {

class LogRing {
 public:
  LogRing(Ref begin, std::uint32_t capacity) noexcept : begin_(begin), capacity_(capacity) {}

  // Takes `units` at the head, all in one piece. Memory that was used before is preferred to fresh memory
  // once the older half of it is free again.
  [[nodiscard]] Ref place(std::uint32_t units) noexcept;
  bool empty() const noexcept { return !wrapped_ && head_ == tail_; }
  Ref tail() const noexcept { return begin_ + tail_; }
  // Gives up the entry at the tail, which is of `units`; its octets stay as they are until the next place().
  void pop(std::uint32_t units) noexcept;
  void reset() noexcept;

  bool holds(Ref ref) const noexcept { return ref >= begin_ && ref - begin_ < capacity_; }
  std::uint32_t capacity() const noexcept { return capacity_; }
  std::size_t touched_bytes() const noexcept { return touched_ * UnitBytes; }

  // Calls visit(ref) for each place from tail to head; it returns the entry's units.
  template <class Visit>
  void visit_all(Visit&& visit) const {
    if (wrapped_) visit_range(tail_, wrap_, visit);
    visit_range(wrapped_ ? 0 : tail_, head_, visit);
  }

 private:
  template <class Visit>
  void visit_range(std::uint32_t from, std::uint32_t to, Visit&& visit) const {
    while (from < to) from += visit(begin_ + from);
  }

  Ref begin_;
  std::uint32_t capacity_;
  std::uint32_t head_ = 0;  // used is [tail, head), or once wrapped [tail, wrap) and [0, head)
  std::uint32_t tail_ = 0;
  std::uint32_t wrap_ = 0;
  std::uint32_t touched_ = 0;  // the highest that head_ ever was
  bool wrapped_ = false;
};

}  // namespace aven::cache
