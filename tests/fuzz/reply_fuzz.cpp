// The reply walker against ldns: where ldns reads a whole packet, so do we, and every record says the same. Then what
// clean_reply makes of it: a message that ldns reads if it read the reply, that stays as it is when cleaned again, that
// ages, and that reaches a client whole. Where we differ on purpose:
//  - a pointer that leads forward, into its own run of labels or into the header, or more than 127 of them: ldns follows.
//  - ldns reads RDATA by type; the walk only steps over it.
//  - ldns (1.8.3) overlooks octets of RDATA that its type does not need, RDLENGTH past the end of the message too, and
//    takes them for the next record.
//  - ldns takes OPT and TSIG out of the additional section and miscounts what follows a TSIG (RFC 8945: nothing may).
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "dns/answer.h"
#include "dns/name_octets.h"
#include "dns/reply.h"
#include "fuzz/oracle.h"

using namespace aven;
using namespace aven::dns;

namespace {

struct Walked {
  std::vector<Record> records;
  bool failed = false;
};

Walked walk_over(std::span<const std::uint8_t> wire) {
  Walked walked;
  RecordWalk walk{wire};
  for (Record record; walk.next(record);) walked.records.push_back(record);
  walked.failed = walk.failed();
  return walked;
}

// Does the name at `position` hold a pointer that we refuse on purpose?
bool has_refused_pointer(std::span<const std::uint8_t> wire, std::size_t position) {
  std::size_t run_start = position;
  for (int pointers = 0;;) {
    ByteReader reader{wire, position};
    const std::uint8_t length = reader.u8();
    if (length >= 0xc0) {
      const auto target = static_cast<std::size_t>((length & 0x3f) << 8 | reader.u8());
      if (target >= run_start || target < HeaderSize || ++pointers > 127) return !reader.failed();
      run_start = position = target;
      continue;
    }
    if (length == 0 || reader.failed()) return false;
    position += length + std::size_t{1};
  }
}

// Where a question or record starts and ends for a walk that follows no pointer; Nowhere if it is cut.
struct Place {
  static constexpr std::size_t Nowhere = SIZE_MAX;
  std::size_t start = 0, end = Nowhere;
  bool is_record = false;
};

// Up to the first that is cut.
std::vector<Place> places_in(std::span<const std::uint8_t> wire, const Header& header) {
  std::vector<Place> places;
  ByteReader reader{wire, HeaderSize};
  const std::uint32_t records = std::uint32_t{header.answers} + header.authorities + header.additionals;
  for (std::uint32_t i = 0; i < header.questions + records; ++i) {
    Place& place = places.emplace_back();
    place.start = reader.position();
    place.is_record = i >= header.questions;
    const bool named = skip_name(reader);
    reader.skip(place.is_record ? 8 : 4);
    if (place.is_record) reader.skip(reader.u16());
    if (!named || reader.failed()) break;
    place.end = reader.position();
  }
  return places;
}

bool ldns_ends_elsewhere(std::span<const std::uint8_t> wire, const Place& place) {
  if (!place.is_record) return false;
  std::size_t position = place.start;
  ldns_rr* raw = nullptr;
  const ldns_status status = ldns_wire2rr(&raw, wire.data(), wire.size(), &position, LDNS_SECTION_ANSWER);
  const RrPtr rr{raw};
  return status == LDNS_STATUS_OK && position != place.end;
}

bool we_differ_on_purpose(std::span<const std::uint8_t> wire, const std::vector<Place>& places) {
  return std::any_of(places.begin(), places.end(), [&](const Place& place) {
    return has_refused_pointer(wire, place.start) || ldns_ends_elsewhere(wire, place);
  });
}

void compare_record(std::span<const std::uint8_t> wire, const Record& ours, const ldns_rr* theirs) {
  AVEN_CHECK(fuzz::name_at(wire, ours.owner_position) == ours.owner);
  AVEN_CHECK(fuzz::name_of(ldns_rr_owner(theirs)) == ours.owner);
  AVEN_CHECK(static_cast<Type>(ldns_rr_get_type(theirs)) == ours.type);
  AVEN_CHECK(static_cast<Class>(ldns_rr_get_class(theirs)) == ours.class_);
  AVEN_CHECK(std::min(ldns_rr_ttl(theirs), std::uint32_t{0x7fffffff}) == ours.ttl);
}

void compare_with_packet(std::span<const std::uint8_t> wire, const Walked& ours, const ldns_pkt& theirs) {
  const ldns_rr_list* const sections[] = {ldns_pkt_answer(&theirs), ldns_pkt_authority(&theirs),
                                          ldns_pkt_additional(&theirs)};
  std::array<std::size_t, 3> at{};
  for (const Record& record : ours.records) {
    if (record.section == Section::Additional && record.type == Type::TSIG) return;
    if (record.section == Section::Additional && record.type == Type::OPT) continue;
    const auto section = static_cast<std::size_t>(record.section);
    AVEN_CHECK(at[section] < ldns_rr_list_rr_count(sections[section]));
    compare_record(wire, record, ldns_rr_list_rr(sections[section], at[section]++));
  }
}

std::optional<Ask> ask_in(std::span<const std::uint8_t> wire, bool dnssec_ok) {
  ByteReader reader{wire, HeaderSize};
  Ask ask;
  if (!ask.name.read(reader)) return std::nullopt;
  ask.type = static_cast<Type>(reader.u16());
  ask.class_ = static_cast<Class>(reader.u16());
  ask.dnssec_ok = dnssec_ok;
  return reader.failed() ? std::nullopt : std::optional{ask};
}

void check_relay(const Ask& ask, const CleanReply& clean) {
  static std::array<std::uint8_t, MaxMessageSize> out;
  std::array<std::uint8_t, 12 + 259 + 11> asked;
  Query query;
  AVEN_CHECK(parse_query(write_upstream_query(asked, ask, 1, true), query) == QueryError::None);
  for (const std::size_t limit : {std::size_t{512}, MaxMessageSize}) {
    AnswerWriter writer{out, query, limit};
    writer.relay(clean.wire);
    const auto answer = writer.finish();
    AVEN_CHECK(answer.size() <= limit);
    const Walked walked = walk_over(answer);
    AVEN_CHECK(!walked.failed);
    const bool whole = clean.wire.size() + 11 <= limit;
    if (whole) AVEN_CHECK(walked.records.size() == walk_over(clean.wire).records.size() + 1);
    AVEN_CHECK(question_matches(answer, query.question));
  }
}

void check_clean(std::span<const std::uint8_t> wire, bool ldns_reads, const Ask& ask, const CleanLimits& limits) {
  static std::array<std::uint8_t, MaxMessageSize> out, again_out;
  CleanReply clean, again;
  if (clean_reply(wire, ask, limits, out, clean) != CleanError::None) return;
  const Walked walked = walk_over(clean.wire);
  AVEN_CHECK(!walked.failed);
  if (ldns_reads) AVEN_CHECK(fuzz::packet_of(clean.wire) != nullptr);
  for (const Record& record : walked.records) AVEN_CHECK(!is_meta(record.type) && record.class_ == ask.class_);
  check_relay(ask, clean);

  AVEN_CHECK(clean_reply(clean.wire, ask, limits, again_out, again) == CleanError::None);
  AVEN_CHECK(std::equal(clean.wire.begin(), clean.wire.end(), again.wire.begin(), again.wire.end()));
  AVEN_CHECK(again.ttl == clean.ttl && again.negative == clean.negative && again.aliased == clean.aliased);

  std::uint32_t least = walked.records.empty() ? 0 : UINT32_MAX;
  for (const Record& record : walked.records) least = std::min(least, record.ttl - std::min(record.ttl, 10U));
  AVEN_CHECK(age_ttls(clean.wire, 10) == least);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span wire{data, size};
  const auto header = Header::read(wire);
  const Walked ours = walk_over(wire);
  AVEN_CHECK(header || ours.failed);
  if (!header) return 0;
  const std::vector<Place> places = places_in(wire, *header);
  AVEN_CHECK(ours.failed || places.empty() || places.back().end != Place::Nowhere);
  const PktPtr theirs = fuzz::packet_of(wire);
  const bool comparable = theirs && !we_differ_on_purpose(wire, places);
  if (comparable) {
    AVEN_CHECK(!ours.failed);
    compare_with_packet(wire, ours, *theirs);
  }

  for (const unsigned variant : {0U, 1U, 2U, 3U}) {
    const auto ask = ask_in(wire, (variant & 1U) != 0);
    if (!ask) return 0;
    CleanLimits limits;
    limits.keep = (variant & 2U) != 0 ? Keep::All : Keep::Minimal;
    limits.trust_ad = (variant & 2U) != 0;
    limits.min_ttl = (variant & 1U) != 0 ? 60 : 0;
    check_clean(wire, comparable, *ask, limits);
  }
  return 0;
}
