// TopK: the names asked most, in fixed memory (space-saving; Metwally and others 2005). Of a name that it
// holds, at most `count` and at least `count - error` were seen; a name seen more often than the sum /
// capacity is surely held.
// Thread: one owner; a copy is a value that can be merged with others.
// Fails: never; a new name takes the place of the one seen least, and its count as the error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aven::stats {

class TopK {
 public:
  static constexpr std::size_t MaxNameSize = 255;

  // Holds `capacity` names, at least 1; ten times what is shown is a good choice. `hash_seed` keeps strangers
  // from choosing names that collide.
  TopK(std::size_t capacity, std::uint64_t hash_seed);

  // Any octets, the first MaxNameSize count; allocates nothing.
  void add(std::string_view name, std::uint64_t count = 1) noexcept;
  void merge(const TopK& other);
  void clear() noexcept;

  struct Entry {
    std::string name;
    std::uint64_t count = 0;
    std::uint64_t error = 0;
  };
  // At most `most`, the largest count first; equal counts by name.
  std::vector<Entry> top(std::size_t most) const;

 private:
  using SlotNumber = std::uint32_t;
  static constexpr SlotNumber None = UINT32_MAX;
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t count = 0;
    std::uint64_t error = 0;
    SlotNumber next = None;  // in its chain
    std::uint32_t in_heap = 0;
    std::uint8_t size = 0;
    std::array<char, MaxNameSize> octets;

    std::string_view name() const noexcept { return {octets.data(), size}; }
  };

  SlotNumber find(std::string_view name, std::uint64_t hash) const noexcept;
  SlotNumber take(std::string_view name, std::uint64_t hash) noexcept;
  SlotNumber& chain(std::uint64_t hash) noexcept { return chains_[hash & (chains_.size() - 1)]; }
  void unlink(SlotNumber number) noexcept;
  void sift_up(std::uint32_t at) noexcept;
  void sift_down(std::uint32_t at) noexcept;
  void swap_in_heap(std::uint32_t a, std::uint32_t b) noexcept;
  std::uint64_t count_at(std::uint32_t in_heap) const noexcept { return slots_[heap_[in_heap]].count; }
  std::uint64_t count_of_unseen() const noexcept { return slots_.size() < capacity_ ? 0 : count_at(0); }
  std::vector<Entry> merged_with(const TopK& other) const;

  std::size_t capacity_;
  std::uint64_t seed_;
  std::vector<Slot> slots_;
  std::vector<SlotNumber> heap_;    // the least count first
  std::vector<SlotNumber> chains_;  // by hash
};

}  // namespace aven::stats
