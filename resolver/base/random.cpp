#include "base/random.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/random.h>

#include "base/check.h"

namespace aven {

std::uint16_t RandomSource::u16() noexcept {
  std::array<std::uint8_t, 2> octets{};
  fill(octets);
  return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

std::uint32_t RandomSource::below(std::uint32_t limit) noexcept {
  AVEN_CHECK(limit > 0);
  const std::uint32_t usable = UINT32_MAX - UINT32_MAX % limit;  // no value is likelier than another
  for (;;) {
    std::array<std::uint8_t, 4> octets{};
    fill(octets);
    std::uint32_t value = 0;
    std::memcpy(&value, octets.data(), sizeof value);
    if (value < usable) return value % limit;
  }
}

void SystemRandom::fill(std::span<std::uint8_t> out) noexcept {
  while (!out.empty()) {
    if (left_ == 0) {
      const ssize_t got = getrandom(buffer_.data(), buffer_.size(), 0);
      AVEN_CHECK(got > 0 || errno == EINTR);
      if (got < 0) continue;
      left_ = static_cast<std::size_t>(got);
    }
    const std::size_t count = std::min(out.size(), left_);
    const auto from = std::span{buffer_}.subspan(left_ - count, count);
    std::memcpy(out.data(), from.data(), count);
    std::memset(from.data(), 0, count);  // an octet is given out once
    left_ -= count;
    out = out.subspan(count);
  }
}

}  // namespace aven
