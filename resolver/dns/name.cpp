#include "dns/name.h"

#include "dns/name_octets.h"

namespace aven::dns {
namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_visible(std::uint8_t octet) noexcept {
  return octet > ' ' && octet < 0x7f;
}

// Takes one octet of a label from the front of `text`: a visible character, `\X` or `\DDD`.
std::optional<std::uint8_t> take_octet(std::string_view& text) noexcept {
  const char first = text.front();
  text.remove_prefix(1);
  if (first != '\\') {
    const auto octet = static_cast<std::uint8_t>(first);
    return is_visible(octet) ? std::optional{octet} : std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  if (!is_digit(text[0])) {
    const auto octet = static_cast<std::uint8_t>(text[0]);
    text.remove_prefix(1);
    return octet;
  }
  if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return std::nullopt;
  const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  text.remove_prefix(3);
  return value <= 255 ? std::optional{static_cast<std::uint8_t>(value)} : std::nullopt;
}

void append_escaped(std::string& out, std::uint8_t octet) {
  constexpr std::string_view Special = ".;()\\";
  const char c = static_cast<char>(octet);
  if (!is_visible(octet)) {
    out += '\\';
    for (const int unit : {100, 10, 1}) out += static_cast<char>('0' + octet / unit % 10);
    return;
  }
  if (Special.find(c) != std::string_view::npos) out += '\\';
  out += c;
}

// lower() of eight octets at once; those above 0x7f stay as they are.
std::uint64_t lower_8(std::uint64_t octets) noexcept {
  constexpr std::uint64_t Each = 0x0101010101010101;
  const std::uint64_t low_bits = octets & 0x7f * Each;
  const std::uint64_t from_a = low_bits + (0x80 - 'A') * Each;   // top bit: the octet is 'A' or more
  const std::uint64_t above_z = low_bits + (0x7f - 'Z') * Each;  // top bit: the octet is above 'Z'
  const std::uint64_t upper = from_a & ~above_z & ~octets & 0x80 * Each;
  return octets | upper >> 2;  // 'a' - 'A' is 0x20
}

void copy_lower(std::span<const std::uint8_t> from, std::uint8_t* to) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= from.size(); i += 8) {
    std::uint64_t octets;
    std::memcpy(&octets, &from[i], 8);
    octets = lower_8(octets);
    std::memcpy(to + i, &octets, 8);
  }
  for (; i < from.size(); ++i) to[i] = lower(from[i]);
}

}  // namespace

std::optional<Name> Name::from_text(std::string_view text) noexcept {
  Name name;
  if (text == ".") return name;
  std::size_t label_at = 0;  // where the length octet of the label in work stands
  std::size_t size = 1;
  while (!text.empty()) {
    const bool ends_label = text.front() == '.';
    if (ends_label) {
      text.remove_prefix(1);
      if (size == label_at + 1) return std::nullopt;
    } else {
      const auto octet = take_octet(text);
      // One octet stays for the root label.
      if (!octet || size - label_at > MaxLabelSize || size + 1 >= MaxNameSize) return std::nullopt;
      name.wire_[size++] = lower(*octet);
    }
    if (ends_label || text.empty()) {
      name.wire_[label_at] = static_cast<std::uint8_t>(size - label_at - 1);
      label_at = size++;
      ++name.labels_;
    }
  }
  if (name.labels_ == 0) return std::nullopt;
  name.wire_[label_at] = 0;
  name.size_ = static_cast<std::uint8_t>(size);
  return name;
}

std::optional<Name> Name::from_wire(std::span<const std::uint8_t> wire) noexcept {
  ByteReader reader{wire};
  Name name;
  // A pointer takes two octets and never stands for a name of two: so equal sizes mean that there was none.
  if (!name.read(reader) || reader.remaining() != 0 || name.size_ != wire.size()) return std::nullopt;
  return name;
}

bool Name::read(ByteReader& reader) noexcept {
  NameOctets octets;
  if (!octets.read(reader)) return false;
  // Length octets are at most 63, below 'A': lower() leaves them alone.
  copy_lower(octets.wire(), wire_.data());
  size_ = static_cast<std::uint8_t>(octets.wire().size());
  labels_ = octets.label_count();
  return true;
}

std::size_t Name::offset_of(std::size_t label) const noexcept {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < label; ++i) offset += wire_[offset] + 1U;
  return offset;
}

Name Name::without_first(std::size_t count) const noexcept {
  Name rest;
  if (count >= labels_) return rest;
  const std::size_t offset = offset_of(count);
  rest.size_ = static_cast<std::uint8_t>(size_ - offset);
  rest.labels_ = static_cast<std::uint8_t>(labels_ - count);
  std::memcpy(rest.wire_.data(), wire_.data() + offset, rest.size_);
  return rest;
}

bool Name::is_at_or_below(const Name& ancestor) const noexcept {
  if (labels_ < ancestor.labels_) return false;
  const std::size_t offset = offset_of(static_cast<std::size_t>(labels_ - ancestor.labels_));
  return size_ - offset == ancestor.size_ &&
         std::memcmp(wire_.data() + offset, ancestor.wire_.data(), ancestor.size_) == 0;
}

std::optional<Name> Name::substitute(const Name& name, const Name& old_suffix, const Name& new_suffix) noexcept {
  if (name.labels_ == old_suffix.labels_ || !name.is_at_or_below(old_suffix)) return std::nullopt;
  const auto kept = static_cast<std::size_t>(name.size_ - old_suffix.size_);
  if (kept + new_suffix.size_ > MaxNameSize) return std::nullopt;
  Name result;
  std::memcpy(result.wire_.data(), name.wire_.data(), kept);
  std::memcpy(result.wire_.data() + kept, new_suffix.wire_.data(), new_suffix.size_);
  result.size_ = static_cast<std::uint8_t>(kept + new_suffix.size_);
  result.labels_ = static_cast<std::uint8_t>(name.labels_ - old_suffix.labels_ + new_suffix.labels_);
  return result;
}

std::string Name::text() const {
  if (is_root()) return ".";
  std::string out;
  for (ByteReader reader{wire()}; std::uint8_t length = reader.u8();) {
    if (!out.empty()) out += '.';
    for (const std::uint8_t octet : reader.bytes(length)) append_escaped(out, octet);
  }
  return out;
}

std::strong_ordering operator<=>(const Name& a, const Name& b) noexcept {
  const auto left = a.wire();
  const auto right = b.wire();
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace aven::dns
