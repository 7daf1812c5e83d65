#include "dns/reply.h"

#include <algorithm>

#include "dns/chain_steps.h"
#include "dns/name_octets.h"

namespace aven::dns {
namespace {

constexpr std::uint32_t MaxTtl = 0x7fffffff;

bool is_svcb(Type type) noexcept {
  return type == Type::SVCB || type == Type::HTTPS;
}

ByteReader rdata_reader(std::span<const std::uint8_t> message, const Record& record) noexcept {
  const std::size_t end = record.rdata_position + record.rdata_size;
  return ByteReader{message.first(std::min(end, message.size())), record.rdata_position};
}

constexpr std::size_t RecordFixedSize = 10;  // type, class, TTL, size of the RDATA (RFC 1035 section 3.2.1)

// SVCB and HTTPS: RFC 9460 section 2.2 forbids compression, and what would be copied opaque must not hold
// any.
std::optional<Name> svcb_target(std::span<const std::uint8_t> message, const Record& record) noexcept {
  ByteReader reader = rdata_reader(message, record);
  reader.skip(2);  // SvcPriority
  const std::size_t start = reader.position();
  Name target;
  if (reader.failed() || !target.read(reader)) return std::nullopt;
  if (reader.position() - start != target.wire().size()) return std::nullopt;
  return target.is_root() ? record.owner : target;
}

enum class StepEnd : std::uint8_t { Answer, Link, Broken };

struct Alias {
  ChainSteps::Step step;
  std::optional<Name> by_cname, by_dname;
};

// Collects the first CNAME at `current` and the first DNAME above it; false if one of them is malformed.
bool find_alias(std::span<const std::uint8_t> reply, const Name& current, Class class_, Alias& out) noexcept {
  RecordWalk walk{reply};
  Record record;
  while (walk.next(record) && record.section == Section::Answer) {
    if (record.class_ != class_) continue;
    if (record.type == Type::CNAME && !out.by_cname && record.owner == current) {
      out.by_cname = target_of(reply, record);
      if (!out.by_cname) return false;
      out.step.cname = record.rdata_position;
    } else if (record.type == Type::DNAME && !out.by_dname && record.owner != current &&
               current.is_at_or_below(record.owner)) {
      const auto target = target_of(reply, record);
      if (target) out.by_dname = Name::substitute(current, record.owner, *target);
      if (!out.by_dname) return false;
      out.step.dname = record.rdata_position;
      out.step.dname_labels = record.owner.label_count();
    }
  }
  return !walk.failed();
}

StepEnd next_name(std::span<const std::uint8_t> reply, const Name& current, Type type, Class class_,
                  ChainSteps::Step& step, Name& next) noexcept {
  Alias alias;
  if (!find_alias(reply, current, class_, alias)) return StepEnd::Broken;
  step = alias.step;
  // Both: the CNAME is the one that the server synthesised from the DNAME (RFC 6672 section 3.1).
  if (alias.by_cname && alias.by_dname && *alias.by_cname != *alias.by_dname) return StepEnd::Broken;
  const bool asked_for = type == Type::CNAME || type == Type::ANY;
  if (alias.by_cname && asked_for) return StepEnd::Answer;
  if (!alias.by_cname && !alias.by_dname) return StepEnd::Answer;
  next = alias.by_cname ? *alias.by_cname : *alias.by_dname;
  return StepEnd::Link;
}

Class class_of_question(std::span<const std::uint8_t> message) noexcept {
  ByteReader reader{message, HeaderSize};
  if (!skip_name(reader)) return Class::IN;
  reader.skip(2);
  return static_cast<Class>(reader.u16());
}

}  // namespace

std::optional<Header> Header::read(std::span<const std::uint8_t> message) noexcept {
  if (message.size() < HeaderSize) return std::nullopt;
  const std::uint8_t* at = message.data();
  return Header{u16_at(at), u16_at(at + 2), u16_at(at + 4), u16_at(at + 6), u16_at(at + 8), u16_at(at + 10)};
}

RecordWalk::RecordWalk(std::span<const std::uint8_t> message) noexcept : reader_(message, HeaderSize) {
  const auto header = Header::read(message);
  if (!header) {
    failed_ = true;
    return;
  }
  header_ = *header;
  for (std::uint32_t i = 0; i < header_.questions && !failed_; ++i) {
    failed_ = !skip_name(reader_);  // who needs the question reads it: clean_reply
    reader_.skip(4);
    failed_ = failed_ || reader_.failed();
  }
}

bool RecordWalk::next(Record& out) noexcept {
  const std::uint32_t before_authority = header_.answers;
  const std::uint32_t before_additional = before_authority + header_.authorities;
  if (failed_ || seen_ == before_additional + header_.additionals) return false;
  out.section = seen_ < before_authority    ? Section::Answer
                : seen_ < before_additional ? Section::Authority
                                            : Section::Additional;
  out.owner_position = reader_.position();
  failed_ = !out.owner.read(reader_);
  out.ttl_position = reader_.position() + 4;
  const auto fixed = reader_.bytes(RecordFixedSize);
  if (!reader_.failed()) {
    out.type = static_cast<Type>(u16_at(fixed.data()));
    out.class_ = static_cast<Class>(u16_at(fixed.data() + 2));
    out.ttl = std::min(u32_at(fixed.data() + 4), MaxTtl);
    out.rdata_size = u16_at(fixed.data() + 8);
  }
  out.rdata_position = reader_.position();
  reader_.skip(out.rdata_size);
  failed_ = failed_ || reader_.failed();
  ++seen_;
  return !failed_;
}

bool question_matches(std::span<const std::uint8_t> reply, std::span<const std::uint8_t> question) noexcept {
  const auto header = Header::read(reply);
  if (!header || header->questions != 1 || reply.size() - HeaderSize < question.size()) return false;
  return !question.empty() && std::equal(question.begin(), question.end(), reply.begin() + HeaderSize);
}

std::optional<Name> target_of(std::span<const std::uint8_t> message, const Record& record) noexcept {
  if (is_svcb(record.type)) return svcb_target(message, record);
  if (record.type != Type::CNAME && record.type != Type::DNAME) return std::nullopt;
  ByteReader reader = rdata_reader(message, record);
  Name target;
  if (!target.read(reader) || reader.remaining() != 0) return std::nullopt;
  return target;
}

ByteReader svcb::params(std::span<const std::uint8_t> message, const Record& record) noexcept {
  ByteReader reader = rdata_reader(message, record);
  reader.skip(2);  // SvcPriority
  if (!skip_name(reader)) reader.skip(SIZE_MAX);
  return reader;
}

bool Chain::holds(const Name& name) const noexcept {
  const auto used = std::span{names}.first(size);
  return std::find(used.begin(), used.end(), name) != used.end();
}

void follow_chain(std::span<const std::uint8_t> reply, const Name& question, Type type, Class class_, Chain& chain,
                  ChainSteps& steps) noexcept {
  chain.names[0] = question;
  chain.size = 1;
  chain.broken = false;
  for (;;) {
    Name next;
    const StepEnd end = next_name(reply, chain.last(), type, class_, steps.steps[chain.size - 1], next);
    if (end == StepEnd::Answer) return;
    if (end == StepEnd::Broken || chain.size == chain.names.size() || chain.holds(next)) {
      chain.broken = true;
      return;
    }
    chain.names[chain.size++] = next;
  }
}

void follow_chain(std::span<const std::uint8_t> reply, const Name& question, Type type, Chain& out) noexcept {
  ChainSteps steps;
  follow_chain(reply, question, type, class_of_question(reply), out, steps);
}

std::uint32_t age_ttls(std::span<std::uint8_t> clean_wire, std::uint32_t seconds, std::uint32_t cap) noexcept {
  const auto header = Header::read(clean_wire);
  if (!header) return 0;
  const std::uint32_t records = std::uint32_t{header->answers} + header->authorities + header->additionals;
  ByteReader reader{clean_wire, HeaderSize};
  if (!skip_name(reader)) return 0;
  reader.skip(4);
  std::uint32_t least = records == 0 ? 0 : UINT32_MAX;
  for (std::uint32_t i = 0; i < records; ++i) {
    if (!skip_name(reader)) return 0;
    reader.skip(4);
    const std::size_t position = reader.position();
    const std::uint32_t old_ttl = reader.u32();
    reader.skip(reader.u16());
    if (reader.failed()) return 0;
    const std::uint32_t ttl = std::min(old_ttl > seconds ? old_ttl - seconds : 0, cap);
    ByteWriter{clean_wire.subspan(position, 4)}.u32(ttl);
    least = std::min(least, ttl);
  }
  return least;
}

}  // namespace aven::dns
