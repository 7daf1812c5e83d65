#include "dns/ask.h"

#include <array>
#include <xxhash.h>

#include "base/bytes.h"

namespace aven::dns {

std::uint64_t Ask::hash(std::uint64_t seed) const noexcept {
  std::array<std::uint8_t, MaxNameSize + 7> key;
  ByteWriter writer{key};
  writer.bytes(name.wire());
  writer.u16(static_cast<std::uint16_t>(type));
  writer.u16(static_cast<std::uint16_t>(class_));
  writer.u8(static_cast<std::uint8_t>((dnssec_ok ? 1 : 0) | (checking_disabled ? 2 : 0)));
  writer.u16(route);
  return XXH3_64bits_withSeed(key.data(), writer.size(), seed);
}

}  // namespace aven::dns
