#include "base/net_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace aven {
namespace {

constexpr std::array<std::uint8_t, 12> MappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> octets) noexcept {
  IpAddress address;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  return address;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> octets) noexcept {
  IpAddress address;
  std::copy(octets.begin(), octets.end(), address.octets_.begin());
  address.v4_ = false;
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.empty() || text.size() >= zero_ended.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), zero_ended.begin());
  std::array<std::uint8_t, 16> octets{};
  if (inet_pton(AF_INET, zero_ended.data(), octets.data()) == 1) return v4(std::span{octets}.first<4>());
  if (inet_pton(AF_INET6, zero_ended.data(), octets.data()) == 1) return v6(octets);
  return std::nullopt;
}

bool IpAddress::is_loopback() const noexcept {
  if (v4_) return octets_[0] == 127;
  return std::all_of(octets_.begin(), octets_.end() - 1, [](auto octet) { return octet == 0; }) && octets_[15] == 1;
}

bool IpAddress::is_unspecified() const noexcept {
  return std::all_of(octets().begin(), octets().end(), [](auto octet) { return octet == 0; });
}

bool IpAddress::is_private() const noexcept {
  if (v4_) {
    return octets_[0] == 10 || (octets_[0] == 172 && (octets_[1] & 0xf0) == 16) ||
           (octets_[0] == 192 && octets_[1] == 168) || (octets_[0] == 169 && octets_[1] == 254);
  }
  return (octets_[0] & 0xfe) == 0xfc || (octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80);
}

IpAddress IpAddress::unmapped() const noexcept {
  if (v4_ || !std::equal(MappedPrefix.begin(), MappedPrefix.end(), octets_.begin())) return *this;
  return v4(std::span{octets_}.last<4>());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), out.data(), out.size());
  return out.data();
}

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) noexcept {
  std::string_view host = text;
  std::optional<std::uint16_t> port;
  if (default_port != 0) port = default_port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!rest.empty()) port = rest.starts_with(':') ? parse_number<std::uint16_t>(rest.substr(1)) : std::nullopt;
    if (host.find(':') == std::string_view::npos) return std::nullopt;  // brackets are for IPv6
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    port = parse_number<std::uint16_t>(text.substr(colon + 1));
  }
  const auto address = IpAddress::parse(host);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

Endpoint Endpoint::from_sockaddr(const sockaddr_storage& from) noexcept {
  Endpoint endpoint;
  if (from.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &from, sizeof in);
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &in.sin_addr, octets.size());
    endpoint = {IpAddress::v4(octets), ntohs(in.sin_port)};
  } else if (from.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &from, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    endpoint = {IpAddress::v6(octets), ntohs(in.sin6_port), in.sin6_scope_id};
  }
  return endpoint;
}

socklen_t Endpoint::to_sockaddr(sockaddr_storage& out) const noexcept {
  if (address.is_v4()) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    std::memcpy(&to.sin_addr, address.octets().data(), 4);
    std::memcpy(&out, &to, sizeof to);
    return sizeof to;
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  to.sin6_scope_id = scope_id;
  std::memcpy(&to.sin6_addr, address.octets().data(), 16);
  std::memcpy(&out, &to, sizeof to);
  return sizeof to;
}

std::string Endpoint::text() const {
  const std::string host = address.is_v4() ? address.text() : '[' + address.text() + ']';
  return host + ':' + std::to_string(port);
}

std::optional<Prefix> Prefix::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::uint8_t longest = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return Prefix{*address, longest};
  const auto digits = text.substr(slash + 1);
  const auto length = parse_number<std::uint8_t>(digits);
  const bool padded = digits.size() > 1 && digits[0] == '0';
  if (!length || padded || *length > longest) return std::nullopt;
  const auto octets = address->octets();
  for (std::size_t bit = *length; bit < longest; ++bit) {
    if ((octets[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return Prefix{*address, *length};
}

bool Prefix::contains(const IpAddress& address) const noexcept {
  if (address.is_v4() != network.is_v4()) return false;
  const auto ours = network.octets();
  const auto theirs = address.octets();
  const std::size_t whole = length / 8U;
  if (!std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(whole), theirs.begin())) return false;
  const unsigned rest = length % 8U;
  return rest == 0 || (ours[whole] ^ theirs[whole]) >> (8 - rest) == 0;
}

std::string Prefix::text() const {
  return network.text() + '/' + std::to_string(length);
}

}  // namespace aven
