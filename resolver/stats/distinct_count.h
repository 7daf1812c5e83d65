// DistinctCount: about how many different things were seen, in 1 KiB (HyperLogLog; Flajolet and others 2007, with
// linear counting for few), standard error 3 %. It holds no value that it was given.
// Thread: one owner; a copy is a value.   Fails: never.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aven::stats {

class DistinctCount {
 public:
  // `hash`: evenly spread over 64 bits.
  void add(std::uint64_t hash) noexcept;
  std::uint64_t estimate() const noexcept;
  void merge(const DistinctCount& other) noexcept;

 private:
  static constexpr unsigned IndexBits = 10;
  static constexpr std::size_t Registers = std::size_t{1} << IndexBits;
  std::array<std::uint8_t, Registers> most_zeros_{};  // plus one; 0: nothing came here
};

}  // namespace aven::stats
