// ScriptedRandom: octets that count from 0 to 250 and again, so that 251 draws of 32 octets differ.
#pragma once

#include "base/random.h"

namespace aven::status {

class ScriptedRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override {
    for (auto& octet : out) {
      octet = next_;
      next_ = static_cast<std::uint8_t>((next_ + 1) % 251);
    }
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace aven::status
