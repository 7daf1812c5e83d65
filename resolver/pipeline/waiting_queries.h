// WaitingQueries: the clients' queries that wait for a reply. Slots are used again with a new generation, so that a late
// outcome cannot reach the wrong client. A repeat (same peer, ID and question) is found in one look-up.
// Thread: the worker's.   Memory: grows by chunks up to the capacity, and is kept.
// Fails: add() gives nothing when full.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/query_context.h"

namespace aven::pipeline {

struct WaitingQuery {
  ClientRef client;
  Tick received;
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  dns::Edns edns;
  std::uint16_t question_size = 0;
  std::array<std::uint8_t, dns::MaxNameSize + 4> question;

  // The context as it was, less what only a policy can say.
  void restore(const dns::Ask& ask, QueryContext& out) const noexcept;
};

class WaitingQueries {
 public:
  struct Slot {
    std::uint32_t index = 0, generation = 0;
  };

  WaitingQueries(std::size_t capacity, std::uint64_t hash_seed);

  std::size_t size() const noexcept { return size_; }
  bool holds_repeat_of(const QueryContext& context) const noexcept;
  std::optional<Slot> add(const QueryContext& context);
  // Null if the slot has been used again or released.
  const WaitingQuery* find(Slot slot) const noexcept;
  void release(Slot slot) noexcept;

 private:
  static constexpr std::size_t ChunkSize = 64;
  static constexpr std::uint32_t None = UINT32_MAX;
  struct Entry {
    WaitingQuery query;
    std::uint64_t hash = 0;
    std::uint32_t generation = 0;  // odd while in use
    std::uint32_t next = None;     // in its bucket, or in the free list
  };

  std::uint64_t hash_of(const QueryContext& context) const noexcept;
  Entry& entry(std::uint32_t index) noexcept { return (*chunks_[index / ChunkSize])[index % ChunkSize]; }
  const Entry& entry(std::uint32_t index) const noexcept { return (*chunks_[index / ChunkSize])[index % ChunkSize]; }
  bool grow();

  std::size_t capacity_;
  std::uint64_t seed_;
  std::size_t size_ = 0;
  std::uint32_t free_ = None;
  std::vector<std::unique_ptr<std::array<Entry, ChunkSize>>> chunks_;
  std::vector<std::uint32_t> buckets_;
};

}  // namespace aven::pipeline
