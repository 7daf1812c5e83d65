// NameTable: canonical names to small numbers, for millions of names: exact, compact, one look-up per name and all its
// suffixes at once. Names are stored once, hashes of suffixes grow label by label from the right, and the slots of all
// suffixes are fetched before the first is looked at.
// Thread: one builds; after that it never changes and any thread may read.
// Memory: 3 octets and the name, rounded up to 4, and a slot of 4 octets at a load of at most 3/4.
// Fails: never; it cannot hold more than 4 GiB of names (AVEN_CHECK).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "dns/name.h"

namespace aven::policy {

class NameTable {
 public:
  using Value = std::uint32_t;  // below 2^24
  static constexpr Value None = 0;

  // `expected`: how many different names will come, at most; fewer cost room, more cost time.
  explicit NameTable(std::size_t expected = 0);

  // The value of a name, to be set: None if the name is new. Valid until the next call.
  class Place {
   public:
    Value get() const noexcept { return at_[0] | static_cast<Value>(at_[1]) << 8 | static_cast<Value>(at_[2]) << 16; }
    void set(Value value) noexcept;

   private:
    friend class NameTable;
    explicit Place(std::uint8_t* at) noexcept : at_(at) {}
    std::uint8_t* at_;
  };
  Place insert(const dns::Name& name);
  // Gives back what was reserved beyond need.
  void shrink() noexcept;

  // Calls found(label_count, value) for the name and each suffix of it (not the root) that is in the table, longest first.
  template <class Found>
  void find_suffixes(const dns::Name& name, Found&& found) const noexcept {
    Suffixes suffixes;
    const std::size_t count = hash_suffixes(name, suffixes);
    for (std::size_t i = count; i-- > 0;) {
      if (!has_labels(i + 1)) continue;
      const Value value = find(suffixes[i].hash, name.wire().subspan(suffixes[i].position));
      if (value != None) found(i + 1, value);
    }
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept { return slot_count_ * sizeof(std::uint32_t) + pool_size_; }

 private:
  struct Suffix {
    std::uint64_t hash;
    std::uint8_t position;
  };
  using Suffixes = std::array<Suffix, 128>;
  struct Free {
    void operator()(void* p) const noexcept { std::free(p); }
  };

  // Fills suffixes[i] for the suffix of i + 1 labels, starts fetching its slot; returns the number of labels.
  std::size_t hash_suffixes(const dns::Name& name, Suffixes& out) const noexcept;
  Value find(std::uint64_t hash, std::span<const std::uint8_t> wire) const noexcept;
  bool has_labels(std::size_t labels) const noexcept { return (labels_[labels / 64] >> labels % 64 & 1) != 0; }
  bool stands_at(std::uint32_t offset, std::span<const std::uint8_t> wire) const noexcept;
  std::uint32_t append(std::span<const std::uint8_t> wire);
  void resize_slots(std::size_t count);
  std::uint64_t hash_at(std::uint32_t offset) const noexcept;

  // A slot: 0 = empty, else the place in the pool in units of 4 octets, plus 1; the tag stands above it.
  std::uint32_t slot_of(std::uint64_t hash, std::uint32_t offset) const noexcept {
    return static_cast<std::uint32_t>(hash >> 32) << place_bits_ | (offset + 1);
  }
  std::uint32_t place_mask() const noexcept { return place_bits_ == 32 ? UINT32_MAX : (1U << place_bits_) - 1; }

  std::unique_ptr<std::uint32_t[], Free> slots_;
  std::size_t slot_count_ = 0;  // a power of two
  unsigned place_bits_ = 24;
  std::unique_ptr<std::uint8_t[], Free> pool_;
  std::size_t pool_size_ = 0, pool_capacity_ = 0;
  std::size_t size_ = 0;
  std::array<std::uint64_t, 2> labels_{};
};

}  // namespace aven::policy
