#include "dns/name_compressor.h"

#include <cstring>

namespace aven::dns {
namespace {

constexpr std::uint16_t PointerMark = 0xc000;
constexpr std::size_t MaxPointerTarget = 0x3fff;

}  // namespace

void NameCompressor::write(std::span<const std::uint8_t> name) noexcept {
  while (name.size() > 1) {
    if (const std::uint16_t position = find(name); position != 0) {
      writer_.u16(static_cast<std::uint16_t>(PointerMark | position));
      return;
    }
    const std::size_t label = name[0] + std::size_t{1};
    const std::size_t position = writer_.size();
    writer_.bytes(name.first(label));
    add(position, name.size());
    name = name.subspan(label);
  }
  writer_.u8(0);
}

void NameCompressor::remember(std::size_t position, std::span<const std::uint8_t> name) noexcept {
  while (name.size() > 1) {
    const std::size_t label = name[0] + std::size_t{1};
    add(position, name.size());
    position += label;
    name = name.subspan(label);
  }
}

void NameCompressor::forget_after(std::size_t position) noexcept {
  while (count_ > 0 && known_[count_ - 1].position >= position) --count_;
}

std::uint16_t NameCompressor::find(std::span<const std::uint8_t> suffix) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (known_[i].size == suffix.size() && stands_at(known_[i].position, suffix)) return known_[i].position;
  }
  return 0;
}

bool NameCompressor::stands_at(std::size_t position, std::span<const std::uint8_t> suffix) const noexcept {
  ByteReader reader{writer_.written(), position};
  for (;;) {
    const std::uint8_t length = reader.u8();
    if (reader.failed()) return false;  // the name being written now, whose end is still open
    if (length >= 0xc0) {
      reader = ByteReader{reader.data(), static_cast<std::size_t>((length & 0x3f) << 8 | reader.u8())};
      continue;
    }
    if (length != suffix[0]) return false;
    if (length == 0) return true;
    const auto label = reader.bytes(length);
    if (reader.failed() || std::memcmp(label.data(), &suffix[1], length) != 0) return false;
    suffix = suffix.subspan(length + std::size_t{1});
  }
}

void NameCompressor::add(std::size_t position, std::size_t size) noexcept {
  if (count_ == MaxKnown || position > MaxPointerTarget || writer_.failed()) return;
  known_[count_++] = {static_cast<std::uint16_t>(position), static_cast<std::uint8_t>(size)};
}

}  // namespace aven::dns
