// NameCompressor: writes names into a message and replaces what stood there before by a pointer (RFC 1035
// section 4.1.4). Suffixes match with their case, so that nobody's spelling changes.
// Thread: any; no allocation: a bounded number of suffixes is remembered, further names are written longer.
// Lifetime: looks at the writer, which holds the message from its first octet.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "dns/wire.h"

namespace aven::dns {

class NameCompressor {
 public:
  explicit NameCompressor(ByteWriter& writer) noexcept : writer_(writer) {}

  // `name`: uncompressed wire form.
  void write(std::span<const std::uint8_t> name) noexcept;
  // Remembers a name that already stands, uncompressed, at `position`.
  void remember(std::size_t position, std::span<const std::uint8_t> name) noexcept;
  // Forgets what stands at `position` or behind it: the writer is rewound to there.
  void forget_after(std::size_t position) noexcept;

 private:
  struct Known {
    std::uint16_t position;
    std::uint8_t size;  // of the suffix, uncompressed
  };
  static constexpr std::size_t MaxKnown = 64;

  // Where `suffix` stands already; 0 = nowhere.
  std::uint16_t find(std::span<const std::uint8_t> suffix) const noexcept;
  bool stands_at(std::size_t position, std::span<const std::uint8_t> suffix) const noexcept;
  void add(std::size_t position, std::size_t size) noexcept;

  ByteWriter& writer_;
  std::array<Known, MaxKnown> known_;
  std::size_t count_ = 0;
};

}  // namespace aven::dns
