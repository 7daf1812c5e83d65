#include "pipeline/overload.h"

#include <algorithm>

namespace aven::pipeline {

void Overload::turn_window(std::uint64_t kernel_drops, Tick now) noexcept {
  const auto quiet_windows = static_cast<unsigned>(std::min<std::int64_t>((now - window_end_) / Window, Whole));
  const bool bad = kernel_drops != seen_drops_;
  seen_drops_ = kernel_drops;
  window_end_ = now + Window;
  bad_windows_ = bad && quiet_windows < Patience ? std::min(bad_windows_ + 1, Patience) : 0;
  if (bad_windows_ == Patience) {
    share_ = std::max(share_ / 2, Least);
  } else if (!bad) {
    share_ = std::min(share_ + 1 + quiet_windows, Whole);
  }
}

}  // namespace aven::pipeline
