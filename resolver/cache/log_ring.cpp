#include "cache/log_ring.h"

#include <algorithm>

namespace aven::cache {

Ref LogRing::place(std::uint32_t units) noexcept {
  const std::uint32_t end = wrapped_ ? tail_ : capacity_;
  const bool fits_here = end - head_ >= units;
  if (!wrapped_ && units <= tail_) {
    const bool would_touch_fresh = head_ + units > touched_;
    if (!fits_here || (would_touch_fresh && tail_ >= head_ - tail_)) {
      wrap_ = head_;
      wrapped_ = true;
      head_ = units;
      return begin_;
    }
  }
  if (!fits_here) return NoRef;
  const Ref placed = begin_ + head_;
  head_ += units;
  touched_ = std::max(touched_, head_);
  return placed;
}

void LogRing::pop(std::uint32_t units) noexcept {
  tail_ += units;
  if (wrapped_ && tail_ == wrap_) {
    tail_ = 0;
    wrapped_ = false;
  }
  if (empty()) head_ = tail_ = 0;
}

void LogRing::reset() noexcept {
  head_ = tail_ = wrap_ = touched_ = 0;
  wrapped_ = false;
}

}  // namespace aven::cache
