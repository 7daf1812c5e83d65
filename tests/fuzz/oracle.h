// What ldns makes of the same octets, for the fuzz targets that compare.
// Thread: any.   Fails: gives nothing where ldns refuses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dns/ldns_ptr.h"
#include "dns/name.h"

namespace aven::fuzz {

inline dns::PktPtr packet_of(std::span<const std::uint8_t> wire) {
  ldns_pkt* raw = nullptr;
  const ldns_status status = ldns_wire2pkt(&raw, wire.data(), wire.size());
  dns::PktPtr packet{raw};
  if (status != LDNS_STATUS_OK) return nullptr;
  return packet;
}

// The question that stands behind the header.
inline dns::RrPtr question_of(std::span<const std::uint8_t> wire) {
  std::size_t position = dns::HeaderSize;
  ldns_rr* raw = nullptr;
  const ldns_status status = ldns_wire2rr(&raw, wire.data(), wire.size(), &position, LDNS_SECTION_QUESTION);
  dns::RrPtr rr{raw};
  if (status != LDNS_STATUS_OK) return nullptr;
  return rr;
}

// Our canonical form of ldns's name.
inline std::optional<dns::Name> name_of(const ldns_rdf* rdf) {
  if (rdf == nullptr) return std::nullopt;
  return dns::Name::from_wire({ldns_rdf_data(rdf), ldns_rdf_size(rdf)});
}

// The name at `position`, its pointers followed.
inline std::optional<dns::Name> name_at(std::span<const std::uint8_t> wire, std::size_t position) {
  ldns_rdf* raw = nullptr;
  const ldns_status status = ldns_wire2dname(&raw, wire.data(), wire.size(), &position);
  const dns::RdfPtr name{raw};
  if (status != LDNS_STATUS_OK) return std::nullopt;
  return name_of(name.get());
}

}  // namespace aven::fuzz
