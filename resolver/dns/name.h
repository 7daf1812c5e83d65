// Name: a canonical domain name: uncompressed wire form, ASCII letters in lower case (RFC 4343), any other
// octet as it is. A raw text is a std::string_view; you cannot look one up as the other.
// Thread: any.   Ownership: a value with its 255 octets inside; copying copies only the octets in use.
// Fails: every maker gives nothing for what is not one valid name (label 1..63, total at most 255 octets).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "dns/wire.h"

namespace aven::dns {

class Name {
 public:
  Name() noexcept { wire_[0] = 0; }  // the root
  Name(const Name& other) noexcept : size_(other.size_), labels_(other.labels_) {
    std::memcpy(wire_.data(), other.wire_.data(), size_);
  }
  Name& operator=(const Name& other) noexcept {
    size_ = other.size_;
    labels_ = other.labels_;
    std::memmove(wire_.data(), other.wire_.data(), size_);
    return *this;
  }

  // Presentation form (RFC 1035 section 5.1): `\.` and `\DDD` escapes, final dot optional, "." is the root.
  // Octets that are not visible ASCII (spaces, UTF-8) must be escaped: nobody writes them into a name on
  // purpose.
  static std::optional<Name> from_text(std::string_view text) noexcept;
  // Exactly one uncompressed wire name, final zero octet included.
  static std::optional<Name> from_wire(std::span<const std::uint8_t> wire) noexcept;

  // Reads a name at the reader's position, following compression pointers (each must point before the place
  // it stands at, RFC 1035 section 4.1.4). The reader stands behind the name afterwards; false also sets
  // nothing, and where the reader stands then means nothing.
  [[nodiscard]] bool read(ByteReader& reader) noexcept;

  std::span<const std::uint8_t> wire() const noexcept { return std::span{wire_}.first(size_); }
  std::size_t label_count() const noexcept { return labels_; }  // without the root
  bool is_root() const noexcept { return labels_ == 0; }
  // The name without its first `count` labels; the root if there are no more.
  Name without_first(std::size_t count = 1) const noexcept;
  bool is_at_or_below(const Name& ancestor) const noexcept;
  // `prefix`.`this` where prefix's labels replace `old_suffix` of `name`: DNAME substitution (RFC 6672).
  // Nothing if the result would be too long or `name` is not below `old_suffix`.
  static std::optional<Name> substitute(const Name& name, const Name& old_suffix, const Name& new_suffix) noexcept;
  // Presentation form without final dot, octets outside the printable ASCII range as \DDD; "." for the root.
  std::string text() const;

  friend bool operator==(const Name& a, const Name& b) noexcept {
    return a.size_ == b.size_ && std::memcmp(a.wire_.data(), b.wire_.data(), a.size_) == 0;
  }
  // Some total order, for sorting; not the canonical order of RFC 4034.
  friend std::strong_ordering operator<=>(const Name& a, const Name& b) noexcept;

 private:
  std::size_t offset_of(std::size_t label) const noexcept;

  std::array<std::uint8_t, MaxNameSize> wire_;
  std::uint8_t size_ = 1;
  std::uint8_t labels_ = 0;
};

// ASCII lower case of one octet; all others unchanged (RFC 4343 section 3).
constexpr std::uint8_t lower(std::uint8_t octet) noexcept {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + ('a' - 'A')) : octet;
}

}  // namespace aven::dns
