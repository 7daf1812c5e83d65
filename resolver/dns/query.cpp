#include "dns/query.h"

#include <algorithm>

#include "dns/name_octets.h"

namespace aven::dns {
namespace {

constexpr std::uint16_t DnssecOk = 0x8000;  // RFC 3225 section 3, in the low half of OPT's TTL

bool parse_question(ByteReader& reader, Query& out) noexcept {
  // At the start of a message no pointer can lead to a prior name: a compressed name fails here.
  if (!out.name.read(reader)) return false;
  const auto type = static_cast<Type>(reader.u16());
  const auto class_ = static_cast<Class>(reader.u16());
  if (reader.failed()) return false;
  out.type = type;
  out.class_ = class_;
  out.question = reader.data().subspan(HeaderSize, reader.position() - HeaderSize);
  return true;
}

bool parse_options(std::span<const std::uint8_t> options, Edns& out) noexcept {
  ByteReader reader{options};
  while (reader.remaining() != 0) {
    const auto code = static_cast<Option>(reader.u16());
    const std::uint16_t size = reader.u16();
    reader.skip(size);
    if (reader.failed()) return false;
    // RFC 7828 section 3.2.1: a client sends it empty.
    if (code == Option::TcpKeepalive && size == 0) out.tcp_keepalive = true;
  }
  return true;
}

// Reads one record; only an OPT record has a meaning in a query (TSIG is for those who share a key with us).
bool parse_record(ByteReader& reader, bool additional, Edns& out) noexcept {
  const std::size_t start = reader.position();
  if (!skip_name(reader)) return false;
  const bool at_root = reader.position() == start + 1;
  const auto type = static_cast<Type>(reader.u16());
  const std::uint16_t size_offered = reader.u16();
  const std::uint32_t ttl = reader.u32();
  const auto rdata = reader.bytes(reader.u16());
  if (reader.failed()) return false;
  if (type != Type::OPT) return true;
  if (out.present || !additional || !at_root) return false;
  out.present = true;
  out.version = static_cast<std::uint8_t>(ttl >> 16);
  out.udp_size = std::max(size_offered, PlainUdpSize);
  out.dnssec_ok = (ttl & DnssecOk) != 0;
  return parse_options(rdata, out);
}

}  // namespace

QueryError parse_query(std::span<const std::uint8_t> wire, Query& out) noexcept {
  out = Query{};
  ByteReader reader{wire};
  out.id = reader.u16();
  out.flags = reader.u16();
  const std::uint16_t questions = reader.u16();
  const std::uint32_t before_additional = std::uint32_t{reader.u16()} + reader.u16();
  const std::uint32_t records = before_additional + reader.u16();
  if (reader.failed() || (out.flags & flag::QR) != 0) return QueryError::Ignore;
  if (out.opcode() != Opcode::Query) return QueryError::NotImp;
  if (questions != 1 || !parse_question(reader, out)) return QueryError::FormErr;
  for (std::uint32_t i = 0; i < records; ++i) {
    if (!parse_record(reader, i >= before_additional, out.edns)) return QueryError::FormErr;
  }
  return out.edns.version == 0 ? QueryError::None : QueryError::BadVersion;
}

}  // namespace aven::dns
