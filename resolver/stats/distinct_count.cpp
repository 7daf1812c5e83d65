#include "stats/distinct_count.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aven::stats {

void DistinctCount::add(std::uint64_t hash) noexcept {
  const auto index = static_cast<std::size_t>(hash >> (64 - IndexBits));
  const std::uint64_t rest = hash << IndexBits | std::uint64_t{1} << (IndexBits - 1);  // a one ends the count
  const auto zeros = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
  most_zeros_[index] = std::max(most_zeros_[index], zeros);
}

std::uint64_t DistinctCount::estimate() const noexcept {
  constexpr double Count = Registers;
  const double alpha = 0.7213 / (1 + 1.079 / Count);
  double sum = 0, empty = 0;
  for (const auto zeros : most_zeros_) {
    sum += std::ldexp(1.0, -zeros);
    empty += zeros == 0 ? 1 : 0;
  }
  const double raw = alpha * Count * Count / sum;
  const bool few = raw <= 2.5 * Count && empty > 0;
  return static_cast<std::uint64_t>(std::llround(few ? Count * std::log(Count / empty) : raw));
}

void DistinctCount::merge(const DistinctCount& other) noexcept {
  for (std::size_t i = 0; i < Registers; ++i) most_zeros_[i] = std::max(most_zeros_[i], other.most_zeros_[i]);
}

}  // namespace aven::stats
