#include <algorithm>

#include "dns/record_copier.h"
#include "dns/reply.h"

namespace aven::dns {
namespace {

bool turns(const Record& record) noexcept {
  const bool address_or_service = record.type == Type::A || record.type == Type::AAAA || record.type == Type::SRV;
  return record.section == Section::Answer && address_or_service;
}

bool is_same_set(const Record& a, const Record& b) noexcept {
  return turns(b) && a.type == b.type && a.class_ == b.class_ && a.owner == b.owner;
}

// How many records stand in the set that begins with `first`, which `walk` has just given.
std::uint32_t set_size(RecordWalk walk, const Record& first) noexcept {
  std::uint32_t size = 1;
  Record record;
  while (walk.next(record) && is_same_set(first, record)) ++size;
  return size;
}

// Copies `count` records from where `walk` stands.
bool copy_some(RecordWalk& walk, RecordCopier& copier, std::uint32_t count) noexcept {
  Record record;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!walk.next(record) || !copier.copy(record, record.ttl)) return false;
  }
  return true;
}

// Copies a set of `size` records that begins where `walk` stands, from its record `begin` on and round.
bool copy_turned(RecordWalk& walk, RecordCopier& copier, std::uint32_t size, std::uint32_t begin) noexcept {
  RecordWalk from_start = walk;
  Record skipped;
  for (std::uint32_t i = 0; i < begin; ++i) {
    if (!walk.next(skipped)) return false;
  }
  return copy_some(walk, copier, size - begin) && copy_some(from_start, copier, begin);
}

}  // namespace

std::span<std::uint8_t> with_turned_records(std::span<const std::uint8_t> clean_wire, const Name& question,
                                            std::uint32_t turn, std::span<std::uint8_t> out) noexcept {
  const std::size_t head = HeaderSize + question.wire().size() + 4;
  if (clean_wire.size() < head) return {};
  ByteWriter writer{out.first(std::min(out.size(), MaxMessageSize))};
  writer.bytes(clean_wire.first(head));
  RecordCopier copier{clean_wire, writer};
  copier.remember_question(question.wire());
  RecordWalk walk{clean_wire};
  for (;;) {
    RecordWalk ahead = walk;
    Record first;
    if (!ahead.next(first)) return ahead.failed() || writer.failed() ? std::span<std::uint8_t>{} : writer.written();
    const std::uint32_t size = turns(first) ? set_size(ahead, first) : 1;
    if (!copy_turned(walk, copier, size, turn % size)) return {};
  }
}

}  // namespace aven::dns
