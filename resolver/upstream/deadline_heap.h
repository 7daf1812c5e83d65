// DeadlineHeap: which slot is due first. A binary heap that knows where each slot stands, so that a
// deadline can be moved or taken out; nothing stale stays in it.
// Thread: the worker's.
// Memory: grows to the highest slot used, and is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/tick.h"

namespace aven::upstream {

class DeadlineHeap {
 public:
  // Never if nothing waits.
  Tick next() const noexcept { return heap_.empty() ? Never : heap_.front().deadline; }
  std::uint32_t next_slot() const noexcept { return heap_.front().slot; }

  // Puts the slot in, or moves it.
  void set(std::uint32_t slot, Tick deadline) {
    if (slot >= places_.size()) places_.resize(slot + 1, Nowhere);
    if (places_[slot] == Nowhere) {
      places_[slot] = heap_.size();
      heap_.push_back({deadline, slot});
    }
    settle(places_[slot], {deadline, slot});
  }

  void remove(std::uint32_t slot) noexcept {
    if (slot >= places_.size() || places_[slot] == Nowhere) return;
    const std::size_t hole = places_[slot];
    places_[slot] = Nowhere;
    const Item last = heap_.back();
    heap_.pop_back();
    if (last.slot != slot) settle(hole, last);
  }

 private:
  struct Item {
    Tick deadline;
    std::uint32_t slot;
  };
  static constexpr std::size_t Nowhere = SIZE_MAX;

  void put(std::size_t place, Item item) noexcept {
    heap_[place] = item;
    places_[item.slot] = place;
  }
  // Finds the place for `item`, beginning at a free one.
  void settle(std::size_t place, Item item) noexcept {
    for (; place > 0 && item.deadline < heap_[(place - 1) / 2].deadline; place = (place - 1) / 2) {
      put(place, heap_[(place - 1) / 2]);
    }
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
      if (item.deadline <= heap_[child].deadline) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, item);
  }

  std::vector<Item> heap_;
  std::vector<std::size_t> places_;  // by slot
};

}  // namespace aven::upstream
