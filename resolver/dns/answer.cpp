#include "dns/answer.h"

#include <algorithm>

#include "base/check.h"
#include "dns/record_copier.h"
#include "dns/reply.h"

namespace aven::dns {
namespace {

constexpr std::size_t OptHeadSize = 11;
constexpr std::size_t OptionHeadSize = 4;
constexpr std::uint16_t QuestionPointer = 0xc000 | HeaderSize;
constexpr std::array<std::uint8_t, 16> Nobody{6, 'n', 'o', 'b', 'o', 'd', 'y', 7, 'i', 'n', 'v', 'a', 'l', 'i', 'd', 0};

void write_opt_head(ByteWriter& writer, std::uint8_t extended_rcode, bool dnssec_ok) noexcept {
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(Type::OPT));
  writer.u16(OurUdpSize);
  writer.u8(extended_rcode);
  writer.u8(0);
  writer.u16(dnssec_ok ? 0x8000 : 0);  // RFC 3225: DO is copied
}

}  // namespace

std::size_t udp_limit(const Query& query) noexcept {
  return std::min(query.edns.udp_size, OurUdpSize);
}

std::span<const std::uint8_t> write_upstream_query(std::span<std::uint8_t> out, const Ask& ask, std::uint16_t id,
                                                   bool with_edns) noexcept {
  ByteWriter writer{out};
  writer.u16(id);
  writer.u16(static_cast<std::uint16_t>(flag::RD | flag::AD | (ask.checking_disabled ? flag::CD : 0)));
  for (const bool one : {true, false, false, with_edns}) writer.u16(one ? 1 : 0);
  writer.bytes(ask.name.wire());
  writer.u16(static_cast<std::uint16_t>(ask.type));
  writer.u16(static_cast<std::uint16_t>(ask.class_));
  if (with_edns) {
    write_opt_head(writer, 0, ask.dnssec_ok);
    writer.u16(0);
  }
  AVEN_CHECK(!writer.failed());
  return writer.written();
}

AnswerWriter::AnswerWriter(std::span<std::uint8_t> out, const Query& query, std::size_t size_limit) noexcept
    : query_(query),
      writer_(out.first(std::min(out.size(), MaxMessageSize))),
      size_limit_(std::min(size_limit, out.size())) {
  for (std::size_t i = 0; i < HeaderSize / 2; ++i) writer_.u16(0);
  writer_.bytes(query.question);
  question_end_ = writer_.size();
}

void AnswerWriter::add_extended_error(ExtendedError error) noexcept {
  if (error.code == Ede::None) return;
  if (error_count_ < errors_.size()) errors_[error_count_++] = error;
}

void AnswerWriter::set_tcp_keepalive(std::uint16_t timeout) noexcept {
  keepalive_ = timeout;
  has_keepalive_ = true;
}

void AnswerWriter::count(Section section, std::size_t records) noexcept {
  auto& number = counts_[static_cast<std::size_t>(section)];
  number = static_cast<std::uint16_t>(number + records);
}

void AnswerWriter::add_address(const IpAddress& address, std::uint32_t ttl) noexcept {
  writer_.u16(QuestionPointer);
  writer_.u16(static_cast<std::uint16_t>(address.is_v4() ? Type::A : Type::AAAA));
  writer_.u16(static_cast<std::uint16_t>(Class::IN));
  writer_.u32(ttl);
  writer_.u16(static_cast<std::uint16_t>(address.octets().size()));
  writer_.bytes(address.octets());
  count(Section::Answer, 1);
}

void AnswerWriter::add_record(Section section, const Name& owner, Type type, Class class_, std::uint32_t ttl,
                              std::span<const std::uint8_t> rdata) noexcept {
  if (owner == query_.name) {
    writer_.u16(QuestionPointer);
  } else {
    writer_.bytes(owner.wire());
  }
  writer_.u16(static_cast<std::uint16_t>(type));
  writer_.u16(static_cast<std::uint16_t>(class_));
  writer_.u32(ttl);
  writer_.u16(static_cast<std::uint16_t>(rdata.size()));
  writer_.bytes(rdata);
  count(section, 1);
}

void AnswerWriter::add_soa(std::size_t labels_off, std::uint32_t ttl) noexcept {
  std::size_t owner_at = HeaderSize;
  for (; labels_off > 0 && query_.question[owner_at - HeaderSize] != 0; --labels_off) {
    owner_at += query_.question[owner_at - HeaderSize] + 1U;
  }
  const auto pointer = static_cast<std::uint16_t>(0xc000 | owner_at);
  writer_.u16(pointer);
  writer_.u16(static_cast<std::uint16_t>(Type::SOA));
  writer_.u16(static_cast<std::uint16_t>(Class::IN));
  writer_.u32(ttl);
  writer_.u16(static_cast<std::uint16_t>(2 + Nobody.size() + 20));
  writer_.u16(pointer);  // MNAME: the owner; RNAME: nobody.invalid
  writer_.bytes(Nobody);
  for (const std::uint32_t number : {1U, 3600U, 600U, 86400U, ttl}) writer_.u32(number);
  count(Section::Authority, 1);
}

void AnswerWriter::add_any_hinfo(std::uint32_t ttl) noexcept {
  constexpr std::array<std::uint8_t, 9> Rdata{7, 'R', 'F', 'C', '8', '4', '8', '2', 0};
  add_record(Section::Answer, query_.name, Type::HINFO, Class::IN, ttl, Rdata);
}

void AnswerWriter::relay(std::span<const std::uint8_t> clean_wire) noexcept {
  const auto header = Header::read(clean_wire);
  AVEN_CHECK(header && clean_wire.size() >= question_end_);
  rcode_ = header->rcode();
  counts_ = {header->answers, header->authorities, header->additionals};
  writer_.bytes(clean_wire.subspan(question_end_));  // its question is as long as ours: pointers stay right
}

void AnswerWriter::append(std::span<const std::uint8_t> clean_wire) noexcept {
  const auto header = Header::read(clean_wire);
  AVEN_CHECK(header.has_value());
  rcode_ = header->rcode();
  RecordCopier copier{clean_wire, writer_};
  RecordWalk walk{clean_wire};
  Record record;
  while (walk.next(record) && record.section != Section::Additional) {
    if (copier.copy(record, record.ttl)) count(record.section, 1);
    overflowed_ = overflowed_ || copier.is_full();
  }
}

std::string_view AnswerWriter::text_of(std::size_t error, EdePlan plan) const noexcept {
  return error < plan.texts ? errors_[error].text : std::string_view{};
}

std::size_t AnswerWriter::opt_size(EdePlan plan) const noexcept {
  if (!query_.edns.present) return 0;
  std::size_t size = OptHeadSize + (has_keepalive_ ? OptionHeadSize + 2 : 0);
  for (std::size_t i = 0; i < plan.errors; ++i) size += OptionHeadSize + 2 + text_of(i, plan).size();
  return size;
}

void AnswerWriter::write_opt(EdePlan plan) noexcept {
  if (!query_.edns.present) return;
  const auto upper_rcode = static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode_) >> 4);
  write_opt_head(writer_, upper_rcode, query_.edns.dnssec_ok);
  writer_.u16(static_cast<std::uint16_t>(opt_size(plan) - OptHeadSize));
  for (std::size_t i = 0; i < plan.errors; ++i) {
    const auto text = text_of(i, plan);
    writer_.u16(static_cast<std::uint16_t>(Option::ExtendedError));
    writer_.u16(static_cast<std::uint16_t>(2 + text.size()));
    writer_.u16(static_cast<std::uint16_t>(errors_[i].code));
    for (const char c : text) writer_.u8(static_cast<std::uint8_t>(c));
  }
  if (has_keepalive_) {
    writer_.u16(static_cast<std::uint16_t>(Option::TcpKeepalive));
    writer_.u16(2);
    writer_.u16(keepalive_);
  }
}

void AnswerWriter::write_header(bool truncated) noexcept {
  const auto opcode = static_cast<unsigned>(query_.opcode()) << 11;
  const unsigned echoed = query_.flags & (0U + flag::RD + flag::CD);
  const unsigned flags = flag::QR | opcode | echoed | flag::RA | (authoritative_ ? flag::AA : 0U) |
                         (truncated ? flag::TC : 0U) | (authentic_ && query_.wants_ad() ? flag::AD : 0U) |
                         (static_cast<unsigned>(rcode_) & 0xfU);
  writer_.patch_u16(0, query_.id);
  writer_.patch_u16(2, static_cast<std::uint16_t>(flags));
  writer_.patch_u16(4, query_.question.empty() ? 0 : 1);
  for (std::size_t i = 0; i < counts_.size(); ++i) writer_.patch_u16(6 + 2 * i, counts_[i]);
}

bool AnswerWriter::fits(EdePlan plan) const noexcept {
  return !overflowed_ && !writer_.failed() && writer_.size() + opt_size(plan) <= size_limit_;
}

// The fullest plan that fits; if none does, the barest.
AnswerWriter::EdePlan AnswerWriter::best_plan() const noexcept {
  EdePlan plan;
  for (const EdePlan most : {EdePlan{2, 2}, {2, 1}, {2, 0}, {1, 0}, {0, 0}}) {
    plan = {std::min(most.errors, error_count_), std::min(most.texts, error_count_)};
    if (fits(plan)) break;
  }
  return plan;
}

void AnswerWriter::drop_additional() noexcept {
  if (counts_[static_cast<std::size_t>(Section::Additional)] == 0 || writer_.failed()) return;
  write_header(false);
  RecordWalk walk{writer_.written()};
  Record record;
  while (walk.next(record) && record.section != Section::Additional) continue;
  writer_.rewind(record.owner_position);
  counts_[static_cast<std::size_t>(Section::Additional)] = 0;
}

std::span<const std::uint8_t> AnswerWriter::finish() noexcept {
  if (!fits({error_count_, error_count_})) drop_additional();
  const EdePlan plan = best_plan();
  const bool truncated = !fits(plan);
  if (truncated) {
    writer_.rewind(question_end_);
    counts_ = {};
  }
  write_opt(plan);
  if (query_.edns.present) count(Section::Additional, 1);
  write_header(truncated);
  AVEN_CHECK(!writer_.failed());
  return writer_.written();
}

}  // namespace aven::dns
