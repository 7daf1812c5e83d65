#include "dns/name_octets.h"

#include <cstring>

namespace aven::dns {
namespace {

constexpr int MaxPointers = 127;  // as many as a name can have labels

}  // namespace

bool NameOctets::read(ByteReader& reader) noexcept {
  ByteReader at = reader;
  std::size_t run_start = at.position();
  int pointers = 0;
  size_ = 0;
  labels_ = 0;
  for (;;) {
    const std::uint8_t length = at.u8();
    if (at.failed()) return false;
    if (length >= 0xc0) {
      const auto target = static_cast<std::size_t>((length & 0x3f) << 8 | at.u8());
      if (at.failed() || target >= run_start || target < HeaderSize || ++pointers > MaxPointers) return false;
      if (pointers == 1) reader = at;
      at = ByteReader{reader.data(), target};
      run_start = target;
      continue;
    }
    if (!append_label(at, length)) return false;
    if (length == 0) break;
  }
  if (pointers == 0) reader = at;
  return true;
}

bool NameOctets::append_label(ByteReader& reader, std::uint8_t length) noexcept {
  const std::size_t final_octet = length == 0 ? 0 : 1;
  if (length > MaxLabelSize || size_ + 1U + length + final_octet > MaxNameSize) return false;
  octets_[size_] = length;
  const auto label = reader.bytes(length);
  if (reader.failed()) return false;
  if (length != 0) std::memcpy(&octets_[size_ + 1U], label.data(), length);
  size_ = static_cast<std::uint8_t>(size_ + 1U + length);
  if (length != 0) ++labels_;
  return true;
}

}  // namespace aven::dns
