// NameTable: canonical names to small numbers, for millions of names: exact, compact, one look-up for a name and all its
// suffixes. Names are stored once; hashes of suffixes grow label by label from the right; the slots of all suffixes are
// fetched before the first is looked at; numbers of labels that no name has are skipped.
// Thread: one builds; after that it never changes and any thread may read.
// Memory: a name costs its wire form (values up to 190; 4 octets more above) and 6 octets of slots: 24 octets at an
// average of 17 characters.
// Fails: never; it cannot hold more than 4 GiB of names (AVEN_CHECK).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/name.h"
#include "policy/page_buffer.h"

namespace aven::policy {

class NameTable {
 public:
  using Value = std::uint32_t;
  static constexpr Value None = 0;  // of names that are not in the table

  // `seed` keys the hash, so that strangers cannot choose names that collide. `expected`: how many names will come; a
  // wrong number only costs time.
  explicit NameTable(std::uint64_t seed = 0, std::size_t expected = 0) : seed_(seed), expected_(expected) {}

  // Sets the name's value to change(value): change(None) for a new name.
  template <class Change>
  void update(const dns::Name& name, Change&& change) {
    const Spot spot = find_or_add(name);
    const Value before = value_at(code_at(spot));
    const Value after = change(before);
    if (after != before) set(spot, after);
  }
  // Gives back what was reserved beyond need. Call after the last update.
  void finish();

  struct Hit {
    Value value;
    std::uint8_t labels;    // of the suffix
    std::uint8_t position;  // where the suffix begins in the name's wire form
  };
  struct Hits {
    std::array<Hit, 128> at;
    std::size_t size = 0;
    std::span<const Hit> all() const noexcept { return std::span{at}.first(size); }
  };
  // The name itself and each suffix of it, the root included, that is in the table; longest first.
  void find_suffixes(const dns::Name& name, Hits& out) const noexcept;

  std::size_t size() const noexcept { return size_; }
  std::size_t memory_bytes() const noexcept { return slots_.size() + pool_.size(); }

 private:
  struct Spot {
    std::size_t slot;
    std::uint32_t place;      // in the pool
    std::uint32_t wire_size;  // without the root octet
  };
  struct Probe {
    std::uint64_t hash;
    std::size_t slot;
    std::uint8_t labels, position;
  };
  using Positions = std::array<std::uint8_t, 128>;

  Spot find_or_add(const dns::Name& name);
  void set(const Spot& spot, Value value);
  std::uint32_t append(std::span<const std::uint8_t> wire, Value value);
  void grow_slots();
  void rebuild(std::size_t slot_count);
  void compact();
  void widen_places();
  template <class Visit>
  void for_each_entry(Visit&& visit) const;

  std::uint64_t hash_of(std::span<const std::uint8_t> wire) const noexcept;
  bool stands_at(std::uint32_t place, const std::uint8_t* wire, std::size_t size) const noexcept;
  Value find(const Probe& probe, std::size_t slot, const dns::Name& name) const noexcept;
  std::size_t next_tagged(std::size_t slot, std::uint64_t hash) const noexcept;

  std::size_t code_at(const Spot& spot) const noexcept { return spot.place + spot.wire_size; }
  Value value_at(std::size_t code) const noexcept;
  void put_value(std::size_t code, Value value) noexcept;

  std::uint32_t* slots() noexcept { return reinterpret_cast<std::uint32_t*>(slots_.data()); }
  const std::uint32_t* slots() const noexcept { return reinterpret_cast<const std::uint32_t*>(slots_.data()); }
  std::size_t first_slot(std::uint64_t hash) const noexcept { return (hash >> 32) * slot_count_ >> 32; }
  std::size_t next_slot(std::size_t slot) const noexcept { return slot + 1 == slot_count_ ? 0 : slot + 1; }
  std::uint32_t place_of(std::uint32_t slot) const noexcept { return slot & place_mask(); }
  std::uint32_t place_mask() const noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{1} << place_bits_) - 1);
  }
  std::uint32_t tag_of(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>((hash & 0xffffffff) << place_bits_);
  }
  bool has_labels(std::size_t labels) const noexcept { return (labels_[labels / 64] >> labels % 64 & 1) != 0; }

  std::uint64_t seed_;
  std::size_t expected_;
  std::size_t size_ = 0, dead_ = 0;
  PageBuffer slots_;  // a slot: 0 = empty, else the place in the pool and above it a tag, the low bits of the hash
  std::size_t slot_count_ = 0;
  unsigned place_bits_ = 12;
  PageBuffer pool_;            // entries: the wire form without the root octet, then the value's code
  std::size_t pool_used_ = 1;  // place 0 is no place
  std::size_t most_labels_ = 0;
  std::array<std::uint64_t, 2> labels_{};  // bit n: a name of n labels is in the table
};

}  // namespace aven::policy
