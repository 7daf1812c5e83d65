// Constants of the DNS wire format (RFC 1035 section 4.1, RFC 6895, RFC 6891, RFC 8914).
// The enums are open: any 16-bit value may come from the wire; only the named ones mean something to us.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aven::dns {

inline constexpr std::size_t HeaderSize = 12;
inline constexpr std::size_t MaxNameSize = 255;  // RFC 1035 section 2.3.4, the root label included
inline constexpr std::size_t MaxLabelSize = 63;
inline constexpr std::size_t MaxMessageSize = 65535;
inline constexpr std::uint16_t PlainUdpSize = 512;  // without EDNS
inline constexpr std::uint16_t OurUdpSize = 1232;   // DNS flag day 2020, RFC 9715

enum class Type : std::uint16_t {
  A = 1,
  NS = 2,
  CNAME = 5,
  SOA = 6,
  MB = 7,
  MG = 8,
  MR = 9,
  PTR = 12,
  HINFO = 13,
  MINFO = 14,
  MX = 15,
  TXT = 16,
  RP = 17,
  AFSDB = 18,
  SIG = 24,
  KEY = 25,
  AAAA = 28,
  NXT = 30,
  SRV = 33,
  NAPTR = 35,
  KX = 36,
  DNAME = 39,
  OPT = 41,
  DS = 43,
  RRSIG = 46,
  NSEC = 47,
  DNSKEY = 48,
  NSEC3 = 50,
  NSEC3PARAM = 51,
  TLSA = 52,
  CDS = 59,
  CDNSKEY = 60,
  SVCB = 64,
  HTTPS = 65,
  TKEY = 249,
  TSIG = 250,
  IXFR = 251,
  AXFR = 252,
  MAILB = 253,
  MAILA = 254,
  ANY = 255,
  CAA = 257,
};

enum class Class : std::uint16_t { IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255 };

enum class Opcode : std::uint8_t { Query = 0, IQuery = 1, Status = 2, Notify = 4, Update = 5, Dso = 6 };

// 12 bits: the upper eight travel in the OPT record (RFC 6891 section 6.1.3).
enum class Rcode : std::uint16_t {
  NoError = 0,
  FormErr = 1,
  ServFail = 2,
  NxDomain = 3,
  NotImp = 4,
  Refused = 5,
  BadVers = 16,
  BadCookie = 23,
};

namespace flag {
inline constexpr std::uint16_t QR = 0x8000, AA = 0x0400, TC = 0x0200, RD = 0x0100, RA = 0x0080, Z = 0x0040, AD = 0x0020,
                               CD = 0x0010;
}

// EDNS option codes that we know.
enum class Option : std::uint16_t {
  ClientSubnet = 8,
  Cookie = 10,
  TcpKeepalive = 11,
  Padding = 12,
  ExtendedError = 15
};

// RFC 8914 INFO-CODEs that we send. None = no option.
enum class Ede : std::uint16_t {
  Other = 0,
  StaleAnswer = 3,
  ForgedAnswer = 4,
  CachedError = 13,
  NotReady = 14,
  Blocked = 15,
  Censored = 16,
  Filtered = 17,
  Prohibited = 18,
  StaleNxdomain = 19,
  NotAuthoritative = 20,
  NotSupported = 21,
  NoReachableAuthority = 22,
  NetworkError = 23,
  InvalidData = 24,
  Synthesized = 29,
  InvalidQueryType = 30,
  None = 0xffff,
};

enum class Section : std::uint8_t { Answer, Authority, Additional };

// OPT, TSIG, transfers and the 128..255 query types: never data, never cached (RFC 6895 section 3.1).
constexpr bool is_meta(Type type) noexcept {
  const auto value = static_cast<std::uint16_t>(type);
  return value == 0 || type == Type::OPT || (value >= 128 && value <= 255);
}

}  // namespace aven::dns
