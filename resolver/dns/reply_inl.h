// The template of reply.h.
#pragma once

namespace aven::dns {
namespace svcb {

inline constexpr std::uint16_t Ipv4Hint = 4;  // RFC 9460 section 14.3.2
inline constexpr std::uint16_t Ipv6Hint = 6;

// Stands at the first SvcParam of an SVCB or HTTPS record; failed() if the RDATA has no well-formed
// beginning.
ByteReader params(std::span<const std::uint8_t> message, const Record& record) noexcept;

}  // namespace svcb

// Calls visit for each address in `octets`; false if they are not a whole number of addresses, at least one.
template <std::size_t Size, class Visit>
bool visit_address_list(std::span<const std::uint8_t> octets, Visit&& visit) {
  if (octets.empty() || octets.size() % Size != 0) return false;
  for (; !octets.empty(); octets = octets.subspan(Size)) {
    if constexpr (Size == 4) {
      visit(IpAddress::v4(octets.first<4>()));
    } else {
      visit(IpAddress::v6(octets.first<16>()));
    }
  }
  return true;
}

template <class Visit>
bool visit_addresses(std::span<const std::uint8_t> message, const Record& record, Visit&& visit) {
  if (record.class_ != Class::IN) return true;
  const auto rdata = message.subspan(record.rdata_position, record.rdata_size);
  if (record.type == Type::A) return rdata.size() == 4 && visit_address_list<4>(rdata, visit);
  if (record.type == Type::AAAA) return rdata.size() == 16 && visit_address_list<16>(rdata, visit);
  if (record.type != Type::SVCB && record.type != Type::HTTPS) return true;
  ByteReader params = svcb::params(message, record);
  while (params.remaining() != 0) {
    const std::uint16_t key = params.u16();
    const auto value = params.bytes(params.u16());
    if (params.failed()) break;
    if (key == svcb::Ipv4Hint && !visit_address_list<4>(value, visit)) return false;
    if (key == svcb::Ipv6Hint && !visit_address_list<16>(value, visit)) return false;
  }
  return !params.failed();
}

}  // namespace aven::dns
