#include "pipeline/waiting_queries.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <xxhash.h>

#include "base/check.h"

namespace aven::pipeline {
namespace {

bool same_query(const WaitingQuery& waiting, const QueryContext& context) noexcept {
  const auto& question = context.query.question;
  return waiting.id == context.query.id && waiting.client.transport == context.client.transport &&
         waiting.client.slot == context.client.slot && waiting.client.peer == context.client.peer &&
         waiting.question_size == question.size() &&
         std::memcmp(waiting.question.data(), question.data(), question.size()) == 0;
}

}  // namespace

void WaitingQuery::restore(const dns::Ask& ask, QueryContext& out) const noexcept {
  out.client = client;
  out.received = received;
  out.query.id = id;
  out.query.flags = flags;
  out.query.edns = edns;
  out.query.question = std::span{question}.first(question_size);
  ByteReader reader{out.query.question};
  AVEN_CHECK(out.query.name.read(reader));
  out.query.type = static_cast<dns::Type>(reader.u16());
  out.query.class_ = static_cast<dns::Class>(reader.u16());
  out.ask = ask;
}

WaitingQueries::WaitingQueries(std::size_t capacity, std::uint64_t hash_seed)
    : capacity_(capacity),
      seed_(hash_seed),
      buckets_(std::bit_ceil(std::max<std::size_t>(capacity, ChunkSize)), None) {}

std::uint64_t WaitingQueries::hash_of(const QueryContext& context) const noexcept {
  const auto& question = context.query.question;
  const auto address = context.client.peer.address.octets();
  const std::uint64_t from = XXH3_64bits_withSeed(address.data(), address.size(), seed_);
  const std::uint64_t who = from ^ (std::uint64_t{context.client.peer.port} << 16 | context.query.id);
  return XXH3_64bits_withSeed(question.data(), question.size(), who);
}

bool WaitingQueries::holds_repeat_of(const QueryContext& context) const noexcept {
  if (size_ == 0) return false;
  const std::uint64_t hash = hash_of(context);
  for (std::uint32_t i = buckets_[hash & (buckets_.size() - 1)]; i != None; i = entry(i).next) {
    if (entry(i).hash == hash && same_query(entry(i).query, context)) return true;
  }
  return false;
}

bool WaitingQueries::grow() {
  const std::size_t first = chunks_.size() * ChunkSize;
  if (first >= capacity_) return false;
  chunks_.push_back(std::make_unique<std::array<Entry, ChunkSize>>());
  for (std::size_t i = std::min(ChunkSize, capacity_ - first); i-- > 0;) {
    const auto index = static_cast<std::uint32_t>(first + i);
    entry(index).next = free_;
    free_ = index;
  }
  return true;
}

std::optional<WaitingQueries::Slot> WaitingQueries::add(const QueryContext& context) {
  if (free_ == None && !grow()) return std::nullopt;
  const std::uint32_t index = free_;
  Entry& slot = entry(index);
  free_ = slot.next;

  WaitingQuery& waiting = slot.query;
  waiting.client = context.client;
  waiting.received = context.received;
  waiting.id = context.query.id;
  waiting.flags = context.query.flags;
  waiting.edns = context.query.edns;
  waiting.question_size = static_cast<std::uint16_t>(context.query.question.size());
  std::memcpy(waiting.question.data(), context.query.question.data(), waiting.question_size);

  slot.hash = hash_of(context);
  auto& bucket = buckets_[slot.hash & (buckets_.size() - 1)];
  slot.next = bucket;
  bucket = index;
  ++slot.generation;
  ++size_;
  return Slot{index, slot.generation};
}

const WaitingQuery* WaitingQueries::find(Slot slot) const noexcept {
  if (slot.index >= chunks_.size() * ChunkSize) return nullptr;
  const Entry& found = entry(slot.index);
  return found.generation == slot.generation ? &found.query : nullptr;
}

void WaitingQueries::release(Slot slot) noexcept {
  Entry& gone = entry(slot.index);
  AVEN_CHECK(gone.generation == slot.generation && gone.generation % 2 == 1);
  std::uint32_t* link = &buckets_[gone.hash & (buckets_.size() - 1)];
  while (*link != slot.index) link = &entry(*link).next;
  *link = gone.next;
  ++gone.generation;
  gone.next = free_;
  free_ = slot.index;
  --size_;
}

}  // namespace aven::pipeline
