// NameOctets: one name of a message, uncompressed, with the case that it came in. Name is made from it, and
// names that are handed on keep their case through it (RFC 4343 section 4.1).
// Thread: any; a value.
// Fails: read() gives false for what is not one name; then neither the reader nor the object is of any use.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "dns/wire.h"

namespace aven::dns {

class NameOctets {
 public:
  // Compression pointers must lead to before the run of labels that they end (RFC 1035 section 4.1.4: a prior
  // occurrence), never into the header, and are counted: so no loop, and bounded work.
  [[nodiscard]] bool read(ByteReader& reader) noexcept;

  std::span<const std::uint8_t> wire() const noexcept { return std::span{octets_}.first(size_); }
  std::uint8_t label_count() const noexcept { return labels_; }

 private:
  bool append_label(ByteReader& reader, std::uint8_t length) noexcept;

  std::array<std::uint8_t, MaxNameSize> octets_;
  std::uint8_t size_ = 0;
  std::uint8_t labels_ = 0;
};

// Steps over a name without following its pointers: for messages that we wrote ourselves, and for records
// whose owner does not matter. False = out of bounds or an unknown label type.
[[nodiscard]] inline bool skip_name(ByteReader& reader) noexcept {
  for (;;) {
    const std::uint8_t length = reader.u8();
    if (length == 0) return !reader.failed();
    if (length >= 0xc0) {
      reader.skip(1);
      return !reader.failed();
    }
    if (length > MaxLabelSize) return false;
    reader.skip(length);
  }
}

}  // namespace aven::dns
