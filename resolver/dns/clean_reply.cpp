#include <algorithm>
#include <array>
#include <optional>

#include "dns/chain_steps.h"
#include "dns/name_octets.h"
#include "dns/record_copier.h"
#include "dns/reply.h"

namespace aven::dns {
namespace {

constexpr std::size_t NoPlace = SIZE_MAX;
constexpr std::uint32_t RefusedTtl = 30;  // for what is left of an answer that led inside

bool question_is(std::span<const std::uint8_t> reply, const Ask& ask) noexcept {
  ByteReader reader{reply, HeaderSize};
  Name name;
  if (!name.read(reader) || name != ask.name) return false;
  const auto type = static_cast<Type>(reader.u16());
  const auto class_ = static_cast<Class>(reader.u16());
  return !reader.failed() && type == ask.type && class_ == ask.class_;
}

using Counts = std::array<std::uint16_t, 3>;

// Room for the header, and the question.
void write_question(ByteWriter& writer, const Ask& ask) noexcept {
  for (std::size_t i = 0; i < HeaderSize / 2; ++i) writer.u16(0);
  writer.bytes(ask.name.wire());
  writer.u16(static_cast<std::uint16_t>(ask.type));
  writer.u16(static_cast<std::uint16_t>(ask.class_));
}

void write_header(ByteWriter& writer, Rcode rcode, bool authentic, const Counts& counts) noexcept {
  const auto code = static_cast<std::uint16_t>(rcode);
  const auto shown = code <= 0xf ? code : static_cast<std::uint16_t>(Rcode::ServFail);
  writer.patch_u16(2, static_cast<std::uint16_t>(flag::QR | flag::RA | (authentic ? flag::AD : 0) | shown));
  writer.patch_u16(4, 1);
  for (std::size_t i = 0; i < counts.size(); ++i) writer.patch_u16(6 + 2 * i, counts[i]);
}

// What a signature signs: RRSIG and SIG begin with it (RFC 4034 section 3.1).
Type type_covered(std::span<const std::uint8_t> reply, const Record& record) noexcept {
  if (record.rdata_size < 2) return Type{0};
  ByteReader reader{reply, record.rdata_position};
  return static_cast<Type>(reader.u16());
}

// Hop by hop (RFC 6891, 8945, 2931) or no data at all.
bool is_transport_only(std::span<const std::uint8_t> reply, const Record& record) noexcept {
  return is_meta(record.type) || (record.type == Type::SIG && type_covered(reply, record) == Type{0});
}

// The rcode with the upper bits that OPT carries (RFC 6891 section 6.1.3); nothing if a record is malformed.
std::optional<Rcode> full_rcode(std::span<const std::uint8_t> reply, const Header& header) noexcept {
  RecordWalk walk{reply};
  Record record;
  std::uint32_t upper = 0;
  while (walk.next(record)) {
    if (record.type != Type::OPT || record.section != Section::Additional) continue;
    upper = ByteReader{reply, record.ttl_position}.u8();
  }
  if (walk.failed()) return std::nullopt;
  return static_cast<Rcode>(upper << 4 | static_cast<std::uint32_t>(header.rcode()));
}

// MINIMUM of an SOA (RFC 1035 section 3.3.13); nothing if its RDATA is malformed.
std::optional<std::uint32_t> soa_minimum(std::span<const std::uint8_t> reply, const Record& record) noexcept {
  ByteReader reader{reply.first(record.rdata_position + record.rdata_size), record.rdata_position};
  if (!skip_name(reader) || !skip_name(reader)) return std::nullopt;
  reader.skip(16);  // SERIAL, REFRESH, RETRY, EXPIRE
  const std::uint32_t minimum = reader.u32();
  if (reader.failed() || reader.remaining() != 0) return std::nullopt;
  return minimum;
}

// Could a client be led past the policy, or we about the TTL, by RDATA that others read otherwise than we do? One such
// record spoils the reply.
bool is_well_formed(std::span<const std::uint8_t> reply, const Record& record) noexcept {
  const bool svcb = record.type == Type::SVCB || record.type == Type::HTTPS;
  if (svcb && !target_of(reply, record)) return false;
  if (record.type == Type::SOA && !soa_minimum(reply, record)) return false;
  return visit_addresses(reply, record, [](const IpAddress&) {});
}

// Addresses that a name of the public Internet has no reason to give: a page could reach devices inside by them.
bool leads_inside(std::span<const std::uint8_t> reply, const Record& record) noexcept {
  bool inside = false;
  const bool well_formed = visit_addresses(reply, record, [&](const IpAddress& address) {
    const IpAddress real = address.unmapped();
    inside = inside || real.is_private() || real.is_loopback() || real.is_unspecified();
  });
  return well_formed && inside;
}

// Makes one clean reply. Answer records are written in the order of the chain, whatever order they came in:
// stub resolvers read them front to back.
class Cleaner {
 public:
  Cleaner(std::span<const std::uint8_t> reply, const Ask& ask, const CleanLimits& limits,
          std::span<std::uint8_t> out) noexcept
      : reply_(reply), ask_(ask), limits_(limits), writer_(out.first(std::min(out.size(), MaxMessageSize))) {}

  CleanError clean(Rcode rcode, bool authentic, CleanReply& result) noexcept;

 private:
  void write_answers() noexcept;
  void write_authority() noexcept;
  void write_additional() noexcept;
  void write_record(const Record& record, std::uint32_t ttl) noexcept;

  bool is_data(const Record& record) const noexcept;
  bool is_asked_type(const Record& record) const noexcept;
  bool is_proof(const Record& record) const noexcept;
  bool belongs_to_step(const Record& record, std::size_t i) const noexcept;
  std::size_t chain_place(const Record& record) const noexcept;
  std::uint32_t clamped(std::uint32_t ttl) const noexcept;
  std::uint32_t negative_ttl(const Record& soa) const noexcept;
  std::uint32_t time_to_keep() const noexcept;

  std::span<const std::uint8_t> reply_;
  const Ask& ask_;
  const CleanLimits& limits_;
  ByteWriter writer_;
  RecordCopier copier_{reply_, writer_};
  Chain chain_;
  ChainSteps steps_;
  Counts counts_{};
  std::uint32_t least_answer_ttl_ = UINT32_MAX;
  std::optional<std::uint32_t> negative_ttl_;  // set by the SOA that makes the answer cacheable
  bool answered_ = false;                      // the last name of the chain has a record of the asked type
  bool negative_ = false;
  bool private_refused_ = false;
  bool malformed_ = false;
  bool too_long_ = false;
};

CleanError Cleaner::clean(Rcode rcode, bool authentic, CleanReply& result) noexcept {
  write_question(writer_, ask_);
  copier_.remember_question(ask_.name.wire());
  if (rcode == Rcode::NoError || rcode == Rcode::NxDomain) {
    follow_chain(reply_, ask_.name, ask_.type, ask_.class_, chain_, steps_);
    if (chain_.broken) return CleanError::BrokenChain;
    write_answers();
    negative_ = rcode == Rcode::NxDomain || !answered_;
    write_authority();
    if (limits_.keep == Keep::All) write_additional();
    result.aliased = chain_.size > 1;
    result.ttl = time_to_keep();
  }
  write_header(writer_, rcode, authentic, counts_);
  if (malformed_) return CleanError::Malformed;
  if (too_long_ || writer_.failed()) return CleanError::TooLong;
  result.wire = writer_.written();
  result.rcode = rcode;
  result.authentic = authentic;
  result.negative = negative_;
  result.private_refused = private_refused_;
  result.has_soa = negative_ttl_.has_value();
  return CleanError::None;
}

void Cleaner::write_answers() noexcept {
  for (std::size_t place = 0; place < chain_.size; ++place) {
    RecordWalk walk{reply_};
    Record record;
    while (walk.next(record) && record.section == Section::Answer) {
      if (chain_place(record) != place) continue;
      if (limits_.refuse_private && leads_inside(reply_, record)) {
        private_refused_ = true;
        continue;
      }
      if (record.owner == chain_.last() && is_asked_type(record)) answered_ = true;
      const std::uint32_t ttl = clamped(record.ttl);
      least_answer_ttl_ = std::min(least_answer_ttl_, ttl);
      write_record(record, ttl);
    }
  }
}

void Cleaner::write_authority() noexcept {
  const bool minimal = limits_.keep == Keep::Minimal;
  RecordWalk walk{reply_};
  Record record;
  while (walk.next(record)) {
    if (record.section != Section::Authority || !is_data(record)) continue;
    const bool zone_soa =
        negative_ && !negative_ttl_ && record.type == Type::SOA && chain_.last().is_at_or_below(record.owner);
    if (zone_soa) negative_ttl_ = negative_ttl(record);
    if (minimal && !zone_soa && !is_proof(record)) continue;
    std::uint32_t ttl = negative_ ? std::min(record.ttl, limits_.negative_max_ttl) : clamped(record.ttl);
    if (minimal && zone_soa) ttl = *negative_ttl_;
    write_record(record, ttl);
  }
}

void Cleaner::write_additional() noexcept {
  RecordWalk walk{reply_};
  Record record;
  while (walk.next(record)) {
    if (record.section == Section::Additional && is_data(record)) write_record(record, clamped(record.ttl));
  }
}

void Cleaner::write_record(const Record& record, std::uint32_t ttl) noexcept {
  malformed_ = malformed_ || !is_well_formed(reply_, record);
  if (malformed_ || too_long_) return;
  if (copier_.copy(record, ttl)) {
    ++counts_[static_cast<std::size_t>(record.section)];
  } else {
    too_long_ = copier_.is_full();
    malformed_ = !too_long_;
  }
}

bool Cleaner::is_data(const Record& record) const noexcept {
  return record.class_ == ask_.class_ && !is_transport_only(reply_, record);
}

bool Cleaner::is_asked_type(const Record& record) const noexcept {
  return record.type == ask_.type || ask_.type == Type::ANY;
}

bool Cleaner::is_proof(const Record& record) const noexcept {
  if (!ask_.dnssec_ok) return false;
  const Type type = record.type == Type::RRSIG ? type_covered(reply_, record) : record.type;
  const bool signs_soa = record.type == Type::RRSIG && type == Type::SOA;
  return type == Type::NSEC || type == Type::NSEC3 || (signs_soa && negative_);
}

bool Cleaner::belongs_to_step(const Record& record, std::size_t i) const noexcept {
  const Name& name = chain_.names[i];
  const ChainSteps::Step& step = steps_.steps[i];
  if (record.rdata_position == step.cname || record.rdata_position == step.dname) return true;
  if (record.owner == name && is_asked_type(record)) return true;
  if (!ask_.dnssec_ok || record.type != Type::RRSIG) return false;
  const Type covered = type_covered(reply_, record);
  if (record.owner == name) return covered == ask_.type || (covered == Type::CNAME && step.cname != 0);
  return covered == Type::DNAME && step.dname != 0 && record.owner.label_count() == step.dname_labels &&
         name.is_at_or_below(record.owner);
}

// The first name of the chain that this answer record belongs to.
std::size_t Cleaner::chain_place(const Record& record) const noexcept {
  if (!is_data(record)) return NoPlace;
  for (std::size_t i = 0; i < chain_.size; ++i) {
    if (belongs_to_step(record, i)) return i;
  }
  return NoPlace;
}

std::uint32_t Cleaner::clamped(std::uint32_t ttl) const noexcept {
  if (ttl == 0) return 0;  // for this transaction only (RFC 1035 section 3.2.1): never raised
  return std::min(std::max(ttl, limits_.min_ttl), limits_.max_ttl);
}

// RFC 2308 section 5.
std::uint32_t Cleaner::negative_ttl(const Record& soa) const noexcept {
  return std::min({soa.ttl, soa_minimum(reply_, soa).value_or(0), limits_.negative_max_ttl});
}

std::uint32_t Cleaner::time_to_keep() const noexcept {
  if (is_meta(ask_.type)) return 0;
  const std::uint32_t without_soa = private_refused_ ? RefusedTtl : 0;
  return negative_ ? std::min(negative_ttl_.value_or(without_soa), least_answer_ttl_) : least_answer_ttl_;
}

}  // namespace

CleanError clean_reply(std::span<const std::uint8_t> reply, const Ask& ask, const CleanLimits& limits,
                       std::span<std::uint8_t> out, CleanReply& result) noexcept {
  result = CleanReply{};
  const auto header = Header::read(reply);
  if (!header || !header->is_reply() || header->truncated() || header->opcode() != Opcode::Query) {
    return CleanError::Malformed;
  }
  if (header->questions != 1 || !question_is(reply, ask)) return CleanError::Malformed;
  const auto rcode = full_rcode(reply, *header);
  if (!rcode) return CleanError::Malformed;
  const bool authentic = limits.trust_ad && (header->flags & flag::AD) != 0;
  return Cleaner{reply, ask, limits, out}.clean(*rcode, authentic, result);
}

std::span<std::uint8_t> with_question(std::span<const std::uint8_t> clean_wire, const Ask& ask,
                                      std::span<std::uint8_t> out) noexcept {
  const auto header = Header::read(clean_wire);
  if (!header) return {};
  ByteWriter writer{out.first(std::min(out.size(), MaxMessageSize))};
  write_question(writer, ask);
  RecordCopier copier{clean_wire, writer};
  copier.remember_question(ask.name.wire());
  Counts counts{};
  RecordWalk walk{clean_wire};
  Record record;
  while (walk.next(record)) {
    if (!copier.copy(record, record.ttl)) return {};
    ++counts[static_cast<std::size_t>(record.section)];
  }
  write_header(writer, header->rcode(), (header->flags & flag::AD) != 0, counts);
  return walk.failed() || writer.failed() ? std::span<std::uint8_t>{} : writer.written();
}

}  // namespace aven::dns
