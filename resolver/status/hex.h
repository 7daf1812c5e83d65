// to_hex, from_hex: octets as lower-case hex digits.
// Thread: any.
// Fails: from_hex gives nothing for text that is not pairs of lower-case hex digits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aven::status {

inline constexpr std::string_view HexDigits = "0123456789abcdef";

inline std::string to_hex(std::span<const std::uint8_t> octets) {
  std::string text;
  text.reserve(octets.size() * 2);
  for (const auto octet : octets) (text += HexDigits[octet >> 4]) += HexDigits[octet & 0xf];
  return text;
}

inline std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = HexDigits.find(text[i]), low = HexDigits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return octets;
}

}  // namespace aven::status
