// Histogram: how long answers took, in logarithmic buckets of about 10 % width from 1 µs to 17 s.
// Thread: one owner; a copy is a value that can be added to others.
// Fails: never; what is longer counts as 17 s.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/tick.h"

namespace aven::stats {

class Histogram {
 public:
  static constexpr std::size_t BucketsPerOctave = 8;
  static constexpr std::size_t Octaves = 24;
  static constexpr std::size_t BucketCount = BucketsPerOctave * (Octaves + 1);

  void record(Duration duration) noexcept {
    ++counts_[bucket_of(duration)];
    sum_ += duration > Duration::zero() ? duration : Duration::zero();
  }
  void merge(const Histogram& other) noexcept;

  std::uint64_t count() const noexcept;
  Duration sum() const noexcept { return sum_; }
  std::uint64_t count_in(std::size_t bucket) const noexcept { return counts_[bucket]; }
  // The least duration of which the share `q` (0..1) is not longer; zero if nothing was recorded.
  Duration quantile(double q) const noexcept;

  static std::size_t bucket_of(Duration duration) noexcept;
  // What is in the bucket is shorter than this.
  static Duration upper_bound(std::size_t bucket) noexcept;

 private:
  std::array<std::uint64_t, BucketCount> counts_{};
  Duration sum_{};
};

}  // namespace aven::stats
