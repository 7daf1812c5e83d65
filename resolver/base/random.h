// RandomSource: unpredictable octets (message IDs, ports, choices that an attacker must not guess; RFC 5452
// section 9.2), handed in as an argument so that tests can script them.
// Thread: an object belongs to one thread.
// Fails: never; SystemRandom aborts if the kernel has no randomness, which cannot happen after boot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aven {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> out) noexcept = 0;

  std::uint16_t u16() noexcept;
  // Uniform in [0, limit); limit > 0.
  std::uint32_t below(std::uint32_t limit) noexcept;
};

// getrandom(2), fetched 512 octets at a time.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override;

 private:
  std::array<std::uint8_t, 512> buffer_{};
  std::size_t left_ = 0;
};

}  // namespace aven
