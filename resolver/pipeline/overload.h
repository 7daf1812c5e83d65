// Overload: which questions still go upstream when more comes than the worker can do. The sign is the kernel's: it drops
// datagrams because the receive buffer is full, window after window. A question that upstream has to be asked for costs
// many times one that is blocked or cached, so these are let through less and less until the drops end, and then
// more again; what is answered from here goes on at its best rate.
// Thread: the worker's; no clock, no allocation.   Fails: never.
#pragma once

#include <cstdint>

#include "base/tick.h"

namespace aven::pipeline {

class Overload {
 public:
  static constexpr auto Window = std::chrono::milliseconds{10};
  static constexpr unsigned Patience = 5;  // windows with drops before it acts: a short burst is none of its business
  static constexpr unsigned Whole = 64, Least = 1;

  // May one more question go upstream? `kernel_drops`: how many datagrams the kernel has dropped so far.
  [[nodiscard]] bool lets_through(std::uint64_t kernel_drops, Tick now) noexcept {
    if (now >= window_end_) turn_window(kernel_drops, now);
    if (share_ == Whole) return true;
    credit_ += share_;
    if (credit_ < Whole) return false;
    credit_ -= Whole;
    return true;
  }
  // In Whole-ths.
  unsigned share() const noexcept { return share_; }

 private:
  void turn_window(std::uint64_t kernel_drops, Tick now) noexcept;

  std::uint64_t seen_drops_ = 0;
  Tick window_end_{};
  unsigned bad_windows_ = 0;  // in a row
  unsigned share_ = Whole, credit_ = 0;
};

}  // namespace aven::pipeline
