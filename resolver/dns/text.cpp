#include "dns/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "dns/ldns_ptr.h"

namespace aven::dns {
namespace {

std::string take(char* text, std::string_view unknown_prefix, std::uint16_t value) {
  const TextPtr owner{text};
  return owner ? std::string{owner.get()} : std::string{unknown_prefix} + std::to_string(value);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

std::string to_text(Type type) {
  return take(ldns_rr_type2str(static_cast<ldns_rr_type>(type)), "TYPE", static_cast<std::uint16_t>(type));
}

std::string to_text(Class class_) {
  return take(ldns_rr_class2str(static_cast<ldns_rr_class>(class_)), "CLASS", static_cast<std::uint16_t>(class_));
}

std::string to_text(Rcode rcode) {
  // ldns_pkt_rcode2str() gives null or a made-up text for what its table does not hold.
  const auto* known = ldns_lookup_by_id(ldns_rcodes, static_cast<int>(rcode));
  if (known != nullptr) return known->name;
  return "RCODE" + std::to_string(static_cast<std::uint16_t>(rcode));
}

std::optional<Type> parse_type(std::string_view text) {
  constexpr std::string_view Generic = "TYPE";
  if (text.size() > Generic.size() && equal_ignoring_case(text.substr(0, Generic.size()), Generic)) {
    std::uint16_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + Generic.size(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return static_cast<Type>(value);
  }
  const auto type = static_cast<Type>(ldns_get_rr_type_by_name(std::string{text}.c_str()));
  // ldns matches loosely; only the type's own name counts.
  if (type == Type{0} || !equal_ignoring_case(to_text(type), text)) return std::nullopt;
  return type;
}

}  // namespace aven::dns
