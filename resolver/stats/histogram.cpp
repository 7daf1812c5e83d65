#include "stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aven::stats {

std::size_t Histogram::bucket_of(Duration duration) noexcept {
  const std::int64_t us = duration.count() / 1000;
  if (us < static_cast<std::int64_t>(BucketsPerOctave)) return us < 0 ? 0 : static_cast<std::size_t>(us);
  const auto value = static_cast<std::uint64_t>(us);
  const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 4;  // 8 µs..15 µs: 0
  const std::size_t within = (value >> octave) - BucketsPerOctave;
  return std::min(BucketsPerOctave * (octave + 1) + within, BucketCount - 1);
}

Duration Histogram::upper_bound(std::size_t bucket) noexcept {
  if (bucket < BucketsPerOctave) return std::chrono::microseconds{bucket + 1};
  const std::size_t octave = bucket / BucketsPerOctave - 1;
  const std::uint64_t within = bucket % BucketsPerOctave + BucketsPerOctave + 1;
  return std::chrono::microseconds{within << octave};
}

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < BucketCount; ++i) counts_[i] += other.counts_[i];
  sum_ += other.sum_;
}

std::uint64_t Histogram::count() const noexcept {
  std::uint64_t sum = 0;
  for (const auto count : counts_) sum += count;
  return sum;
}

Duration Histogram::quantile(double q) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count()) * std::clamp(q, 0.0, 1.0)));
  if (count() == 0) return Duration::zero();
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < BucketCount; ++i) {
    seen += counts_[i];
    if (seen > 0 && seen >= wanted) return upper_bound(i);
  }
  return upper_bound(BucketCount - 1);
}

}  // namespace aven::stats
