#include "stats/top_k.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <bit>
#include <utility>
#include <xxhash.h>

#include "base/check.h"

namespace aven::stats {
namespace {

bool is_larger(const TopK::Entry& a, const TopK::Entry& b) noexcept {
  return a.count != b.count ? a.count > b.count : a.name < b.name;
}

}  // namespace

TopK::TopK(std::size_t capacity, std::uint64_t hash_seed)
    : capacity_(capacity), seed_(hash_seed), chains_(std::bit_ceil(2 * capacity), None) {
  AVEN_CHECK(capacity >= 1 && capacity < None / 2);
  slots_.reserve(capacity);
  heap_.reserve(capacity);
}

void TopK::add(std::string_view name, std::uint64_t count) noexcept {
  name = name.substr(0, MaxNameSize);
  const std::uint64_t hash = XXH3_64bits_withSeed(name.data(), name.size(), seed_);
  SlotNumber number = find(name, hash);
  if (number == None) number = take(name, hash);
  slots_[number].count += count;
  sift_down(slots_[number].in_heap);
}

TopK::SlotNumber TopK::find(std::string_view name, std::uint64_t hash) const noexcept {
  SlotNumber number = chains_[hash & (chains_.size() - 1)];
  while (number != None && (slots_[number].hash != hash || slots_[number].name() != name)) number = slots_[number].next;
  return number;
}

TopK::SlotNumber TopK::take(std::string_view name, std::uint64_t hash) noexcept {
  auto number = static_cast<SlotNumber>(slots_.size());
  if (number < capacity_) {
    slots_.emplace_back();
    slots_[number].in_heap = number;
    heap_.push_back(number);
    sift_up(number);
  } else {
    number = heap_.front();
    unlink(number);
    slots_[number].error = slots_[number].count;
  }
  Slot& slot = slots_[number];
  slot.hash = hash;
  slot.size = static_cast<std::uint8_t>(name.size());
  std::copy(name.begin(), name.end(), slot.octets.begin());
  slot.next = std::exchange(chain(hash), number);
  return number;
}

void TopK::unlink(SlotNumber number) noexcept {
  SlotNumber* link = &chain(slots_[number].hash);
  while (*link != number) link = &slots_[*link].next;
  *link = slots_[number].next;
}

void TopK::swap_in_heap(std::uint32_t a, std::uint32_t b) noexcept {
  std::swap(heap_[a], heap_[b]);
  slots_[heap_[a]].in_heap = a;
  slots_[heap_[b]].in_heap = b;
}

void TopK::sift_up(std::uint32_t at) noexcept {
  for (; at > 0 && count_at(at) < count_at((at - 1) / 2); at = (at - 1) / 2) swap_in_heap(at, (at - 1) / 2);
}

void TopK::sift_down(std::uint32_t at) noexcept {
  for (;;) {
    std::uint32_t least = at;
    for (std::uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_.size(); ++child) {
      if (count_at(child) < count_at(least)) least = child;
    }
    if (least == at) return;
    swap_in_heap(at, least);
    at = least;
  }
}

void TopK::clear() noexcept {
  slots_.clear();
  heap_.clear();
  std::fill(chains_.begin(), chains_.end(), None);
}

std::vector<TopK::Entry> TopK::top(std::size_t most) const {
  std::vector<Entry> entries;
  entries.reserve(slots_.size());
  for (const Slot& slot : slots_) entries.push_back({std::string{slot.name()}, slot.count, slot.error});
  std::sort(entries.begin(), entries.end(), is_larger);
  if (entries.size() > most) entries.resize(most);
  return entries;
}

// What one side does not hold it may have seen as often as what it holds with the least count.
std::vector<TopK::Entry> TopK::merged_with(const TopK& other) const {
  std::vector<Entry> merged = top(capacity_);
  for (Entry& entry : merged) {
    const auto hash = XXH3_64bits_withSeed(entry.name.data(), entry.name.size(), other.seed_);
    const SlotNumber theirs = other.find(entry.name, hash);
    entry.count += theirs == None ? other.count_of_unseen() : other.slots_[theirs].count;
    entry.error += theirs == None ? other.count_of_unseen() : other.slots_[theirs].error;
  }
  for (const Slot& slot : other.slots_) {
    const auto hash = XXH3_64bits_withSeed(slot.octets.data(), slot.size, seed_);
    if (find(slot.name(), hash) != None) continue;
    merged.push_back({std::string{slot.name()}, slot.count + count_of_unseen(), slot.error + count_of_unseen()});
  }
  std::sort(merged.begin(), merged.end(), is_larger);
  return merged;
}

void TopK::merge(const TopK& other) {
  auto merged = merged_with(other);
  if (merged.size() > capacity_) merged.resize(capacity_);
  clear();
  for (const Entry& entry : merged) {
    add(entry.name, entry.count);
    slots_.back().error = entry.error;  // there is room, so the name took a new slot
  }
}

}  // namespace aven::stats
