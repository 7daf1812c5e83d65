// EntryStore: the entries, their index, and which of them must go when there is no room. S3-FIFO over two
// logs: what is new goes through a small one and reaches the main one only if it is asked again there, or
// soon after it fell out; so a flood of names that are asked once passes by. In the main log what was
// asked since its last turn gets another.
// Thread: the worker's.   Ownership: owns the arena. An Entry is valid until the next make().
// Fails: make() gives null for what is too big; else it makes room, in bounded time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/tick.h"
#include "cache/arena.h"
#include "cache/census.h"
#include "cache/entry.h"
#include "cache/ghosts.h"
#include "cache/index.h"
#include "cache/log_ring.h"

namespace aven::cache {

class EntryStore {
 public:
  explicit EntryStore(std::size_t max_bytes);

  Entry* find(const Key& key) const noexcept {
    const Ref ref = index_.find(key.tag, [&](Ref place) { return at(place).is(key); });
    return ref == NoRef ? nullptr : &at(ref);
  }

  // Room for what is kept under `key`, in place of what was. tag, meta, units and frequency are set, and
  // flags cleared; the caller sets the rest and then calls keep().
  Entry* make(const Key& key, std::size_t units, Tick now, std::uint32_t serve_stale_s) noexcept;
  void keep(Entry& entry) noexcept { census_.came(entry); }
  void remove(Entry& entry) noexcept;
  // Removes every entry for which chosen(entry) holds; gives how many.
  template <class Chosen>
  std::size_t remove_if(Chosen&& chosen) noexcept;
  void clear() noexcept;
  // Calls look(entry) for each, those of the main log first.
  template <class Look>
  void visit(Look&& look) const;
  // Calls visit(entry) for those of one bucket of the index. An entry may move to a later bucket between two calls.
  template <class Visit>
  void visit_bucket(std::uint32_t number, Visit&& visit) const noexcept;
  std::uint32_t bucket_count() const noexcept { return index_.bucket_count(); }

  Entry& at(Ref ref) const noexcept { return *reinterpret_cast<Entry*>(arena_.at(ref)); }
  Ref place_of(const Entry& entry) const noexcept { return arena_.place_of(&entry); }
  const Census& census() const noexcept { return census_; }
  std::size_t size() const noexcept { return index_.size(); }
  std::size_t touched_bytes() const noexcept;
  std::uint64_t evictions() const noexcept { return evictions_; }

 private:
  struct Layout {
    explicit Layout(std::size_t max_bytes) noexcept;
    std::size_t arena_bytes;
    std::uint32_t buckets, ghosts;
    Ref ghosts_at, young_at, main_at;
    std::uint32_t young_units, main_units;
  };
  explicit EntryStore(const Layout& layout);

  struct Moment {
    Tick now;
    std::uint32_t serve_stale_s;
  };
  Ref room_in_young(std::uint32_t units, const Moment& moment) noexcept;
  Ref room_in_main(std::uint32_t units, const Moment& moment) noexcept;
  bool pop_if_useless(LogRing& ring, const Moment& moment) noexcept;
  void move_to(Ref to, Entry& entry, std::uint8_t frequency) noexcept;
  void add(const Key& key, Ref ref) noexcept;
  void evict(Entry& entry) noexcept;

  Arena arena_;
  Index index_;
  Ghosts ghosts_;
  LogRing young_, main_;
  Census census_;
  std::uint64_t evictions_ = 0;
};

template <class Visit>
void EntryStore::visit_bucket(std::uint32_t number, Visit&& visit) const noexcept {
  for (const auto& line : index_.bucket_at(number).lines) {
    for (const Ref ref : line.refs) {
      if (ref != NoRef) visit(at(ref));
    }
  }
}

template <class Look>
void EntryStore::visit(Look&& look) const {
  const auto look_at = [&](Ref ref) {
    Entry& entry = at(ref);
    if (!entry.has(Entry::Dead)) look(entry);
    return std::uint32_t{entry.units};
  };
  main_.visit_all(look_at);
  young_.visit_all(look_at);
}

template <class Chosen>
std::size_t EntryStore::remove_if(Chosen&& chosen) noexcept {
  std::size_t removed = 0;
  const auto look_at = [&](Ref ref) {
    Entry& entry = at(ref);
    if (!entry.has(Entry::Dead) && chosen(entry)) {
      remove(entry);
      ++removed;
    }
    return std::uint32_t{entry.units};
  };
  young_.visit_all(look_at);
  main_.visit_all(look_at);
  return removed;
}

}  // namespace aven::cache
