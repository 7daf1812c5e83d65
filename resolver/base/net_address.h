// IpAddress, Endpoint and Prefix: values for IPv4 and IPv6 addresses, with or without a port, and networks.
// Thread: any.   Fails: parsing gives nothing for text that is not exactly one address; no names are resolved.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace aven {

class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(std::span<const std::uint8_t, 4> octets) noexcept;
  static IpAddress v6(std::span<const std::uint8_t, 16> octets) noexcept;
  static std::optional<IpAddress> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept { return v4_; }
  // 4 or 16 octets in network order.
  std::span<const std::uint8_t> octets() const noexcept { return std::span{octets_}.first(v4_ ? 4U : 16U); }
  bool is_loopback() const noexcept;
  bool is_unspecified() const noexcept;
  bool is_private() const noexcept;  // RFC 1918, RFC 4193, link-local
  // An IPv4-mapped IPv6 address as the IPv4 address it stands for; any other as it is.
  IpAddress unmapped() const noexcept;
  std::string text() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> octets_{};
  bool v4_ = true;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  std::uint32_t scope_id = 0;  // of an IPv6 link-local address, else 0

  // "192.0.2.1:53", "[2001:db8::1]:53"; the port may be left out where `default_port` is given (not 0).
  static std::optional<Endpoint> parse(std::string_view text, std::uint16_t default_port = 0) noexcept;
  static Endpoint from_sockaddr(const sockaddr_storage& from) noexcept;
  // Fills `out`, returns its length.
  socklen_t to_sockaddr(sockaddr_storage& out) const noexcept;
  std::string text() const;

  auto operator<=>(const Endpoint&) const = default;
};

struct Prefix {
  IpAddress network;        // host bits are zero
  std::uint8_t length = 0;  // 0..32 or 0..128

  // "10.0.0.0/8" or an address alone. Set host bits give nothing: the writer meant something else.
  static std::optional<Prefix> parse(std::string_view text) noexcept;
  bool contains(const IpAddress& address) const noexcept;
  std::string text() const;

  auto operator<=>(const Prefix&) const = default;
};

}  // namespace aven
