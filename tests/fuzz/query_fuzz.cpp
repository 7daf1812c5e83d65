// parse_query against ldns: whether the question is accepted, what it says, whether the packet is accepted, what its
// EDNS says. Where we differ on purpose:
//  - ldns takes pointers in the question's name (into the header); for us no prior name exists there.
//  - ldns reads RDATA by type; we walk over all records of a query but OPT.
//  - ldns lets a second OPT win, takes OPT of any owner in any section, and does not look at the options in it.
#include <array>
#include <cstdint>

#include "base/check.h"
#include "dns/answer.h"
#include "dns/name_octets.h"
#include "dns/query.h"
#include "dns/reply.h"
#include "fuzz/oracle.h"

using namespace aven;
using namespace aven::dns;

namespace {

// Labels up to the root, no pointer: the end of the name, or nothing.
bool is_uncompressed_name(std::span<const std::uint8_t> wire) {
  ByteReader reader{wire, HeaderSize};
  if (!skip_name(reader)) return false;
  return wire[reader.position() - 1] == 0 && Name::from_wire(wire.subspan(HeaderSize, reader.position() - HeaderSize));
}

void compare_question(std::span<const std::uint8_t> wire, const Query& query) {
  const RrPtr question = fuzz::question_of(wire);
  const bool theirs = question && is_uncompressed_name(wire);
  AVEN_CHECK(theirs == !query.question.empty());
  if (!theirs) return;
  AVEN_CHECK(fuzz::name_of(ldns_rr_owner(question.get())) == query.name);
  AVEN_CHECK(static_cast<Type>(ldns_rr_get_type(question.get())) == query.type);
  AVEN_CHECK(static_cast<Class>(ldns_rr_get_class(question.get())) == query.class_);
}

struct OtherRecords {
  std::size_t opt = 0, misplaced_opt = 0, rest = 0;
  bool walkable = true;
};

OtherRecords other_records(std::span<const std::uint8_t> wire, const Header& header) {
  OtherRecords found;
  ByteReader reader{wire, HeaderSize};
  found.walkable = skip_name(reader);
  reader.skip(4);
  const std::size_t before_additional = std::size_t{header.answers} + header.authorities;
  for (std::size_t i = 0; found.walkable && i < before_additional + header.additionals; ++i) {
    const std::size_t start = reader.position();
    found.walkable = skip_name(reader);
    const bool at_root = reader.position() == start + 1;
    const bool is_opt = static_cast<Type>(reader.u16()) == Type::OPT;
    reader.skip(6);
    reader.skip(reader.u16());
    found.walkable = found.walkable && !reader.failed();
    ++(!is_opt ? found.rest : at_root && i >= before_additional ? found.opt : found.misplaced_opt);
  }
  return found;
}

void compare_packet(std::span<const std::uint8_t> wire, const Query& query, QueryError error) {
  const PktPtr packet = fuzz::packet_of(wire);
  const auto others = other_records(wire, Header::read(wire).value());
  const bool accepted = error == QueryError::None || error == QueryError::BadVersion;
  if (accepted) AVEN_CHECK(others.walkable && others.opt <= 1 && others.misplaced_opt == 0);
  if (accepted && others.rest == 0) AVEN_CHECK(packet != nullptr);
  if (accepted) AVEN_CHECK(query.edns.present == (others.opt == 1));
  // Without OPT nothing is left for us to refuse once the octets are all there (ldns overlooks a wrong RDLENGTH).
  const bool without_opt = others.opt + others.misplaced_opt == 0;
  if (packet && without_opt && (others.walkable || others.rest == 0)) AVEN_CHECK(accepted);
  if (!accepted || !packet || !query.edns.present) return;
  AVEN_CHECK(ldns_pkt_edns_version(packet.get()) == query.edns.version);
  AVEN_CHECK(ldns_pkt_edns_do(packet.get()) == query.edns.dnssec_ok);
  AVEN_CHECK(std::max(ldns_pkt_edns_udp_size(packet.get()), PlainUdpSize) == query.edns.udp_size);
}

// Whatever came in, an answer to it is a message that ldns and we can read.
void answer(const Query& query) {
  std::array<std::uint8_t, OurUdpSize> out;
  AnswerWriter writer{out, query, udp_limit(query)};
  writer.set_rcode(Rcode::BadVers);
  if (!query.question.empty()) writer.add_soa(1, 30);
  writer.add_extended_error({Ede::Blocked, "text"});
  const auto wire = writer.finish();
  AVEN_CHECK(wire.size() <= udp_limit(query));
  AVEN_CHECK(fuzz::packet_of(wire) != nullptr);
  AVEN_CHECK(query.question.empty() || question_matches(wire, query.question));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span wire{data, size};
  Query query;
  const QueryError error = parse_query(wire, query);
  const auto header = Header::read(wire);
  AVEN_CHECK((error == QueryError::Ignore) == (!header || header->is_reply()));
  if (error == QueryError::Ignore) return 0;
  AVEN_CHECK((error == QueryError::NotImp) == (header->opcode() != Opcode::Query));
  if (error != QueryError::NotImp && header->questions == 1) {
    compare_question(wire, query);
    if (!query.question.empty()) compare_packet(wire, query, error);
  } else {
    AVEN_CHECK(error == QueryError::NotImp || error == QueryError::FormErr);
    AVEN_CHECK(query.question.empty());
  }
  answer(query);
  return 0;
}
