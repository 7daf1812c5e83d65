// parse_query: what a client sent, checked, without copying or allocating (RFC 1035 4.1, 6891, 8906, 9619).
// Thread: any.   Lifetime: Query::question points into the datagram; Query::name is a copy.
// Fails: by QueryError; what was understood up to there is in the Query, so that an answer can echo it.
#pragma once

#include <cstdint>
#include <span>

#include "dns/name.h"
#include "dns/wire.h"

namespace aven::dns {

struct Edns {
  bool present = false;
  std::uint8_t version = 0;
  std::uint16_t udp_size = PlainUdpSize;  // at least 512 (RFC 6891 section 6.2.3)
  bool dnssec_ok = false;
  bool tcp_keepalive = false;  // RFC 7828: the client asked for the timeout
};

struct Query {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;                 // the header's second word as it came
  std::span<const std::uint8_t> question;  // the question section, octet for octet; empty if there is none
  Name name;
  Type type = Type::A;
  Class class_ = Class::IN;
  Edns edns;

  Opcode opcode() const noexcept { return static_cast<Opcode>(flags >> 11 & 0xf); }
  bool recursion_desired() const noexcept { return (flags & flag::RD) != 0; }
  bool checking_disabled() const noexcept { return (flags & flag::CD) != 0; }
  bool wants_ad() const noexcept { return (flags & flag::AD) != 0 || edns.dnssec_ok; }  // RFC 6840 section 5.7
};

enum class QueryError : std::uint8_t {
  None,
  Ignore,      // no header, or QR=1: no answer at all
  FormErr,     // malformed, QDCOUNT not 1, two OPT, OPT misplaced, trailing octets are tolerated
  NotImp,      // an opcode other than QUERY
  BadVersion,  // EDNS version above 0; the question is valid
};

[[nodiscard]] QueryError parse_query(std::span<const std::uint8_t> wire, Query& out) noexcept;

}  // namespace aven::dns
