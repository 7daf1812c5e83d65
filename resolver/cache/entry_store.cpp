#include "cache/entry_store.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace aven::cache {
namespace {

constexpr std::size_t LeastArena = 16 * PageBytes;
constexpr std::size_t IndexShare = 8;     // of all: enough for entries of 140 octets on average
constexpr std::size_t GhostShare = 64;    // of all
constexpr std::uint32_t YoungShare = 10;  // of the room for entries (S3-FIFO's share)
constexpr std::uint8_t PromoteAt = 1;     // asked so often while young
constexpr unsigned MostTurns = 16;        // entries that one insert may move in the main log: bounds its time

constexpr std::size_t down_to(std::size_t multiple, std::size_t bytes) noexcept {
  return bytes / multiple * multiple;
}

}  // namespace

EntryStore::Layout::Layout(std::size_t max_bytes) noexcept {
  const std::size_t overhead = std::min(sizeof(EntryStore), max_bytes);
  const std::size_t given = std::min(down_to(PageBytes, max_bytes - overhead), std::size_t{UINT32_MAX} * UnitBytes);
  const bool too_small = given < LeastArena;  // then nothing is kept, and the arena is never touched
  arena_bytes = std::max(given, LeastArena);
  buckets = static_cast<std::uint32_t>(std::max(down_to(PageBytes, arena_bytes / IndexShare), PageBytes) /
                                       sizeof(Index::Bucket));
  ghosts = static_cast<std::uint32_t>(down_to(UnitBytes, arena_bytes / GhostShare) / sizeof(Ghosts::Mark));
  ghosts_at = static_cast<Ref>(buckets * sizeof(Index::Bucket) / UnitBytes);
  young_at = static_cast<Ref>(ghosts_at + ghosts * sizeof(Ghosts::Mark) / UnitBytes);
  const auto units = static_cast<std::uint32_t>(arena_bytes / UnitBytes - young_at);
  young_units = too_small ? 0 : units / YoungShare;
  main_units = too_small ? 0 : units - young_units;
  main_at = young_at + young_units;
}

EntryStore::EntryStore(std::size_t max_bytes) : EntryStore(Layout{max_bytes}) {}

EntryStore::EntryStore(const Layout& layout)
    : arena_(layout.arena_bytes),
      index_(reinterpret_cast<Index::Bucket*>(arena_.at(0)), layout.buckets),
      ghosts_(reinterpret_cast<Ghosts::Mark*>(arena_.at(layout.ghosts_at)), layout.ghosts),
      young_(layout.young_at, layout.young_units),
      main_(layout.main_at, layout.main_units) {}

Entry* EntryStore::make(const Key& key, std::size_t units, Tick now, std::uint32_t serve_stale_s) noexcept {
  const Moment moment{now, serve_stale_s};
  Entry* old = find(key);
  std::uint8_t frequency = 0;
  bool to_main = false;
  if (old != nullptr) {
    // Its reply ended and somebody asked again: that counts like a hit.
    frequency = std::min<std::uint8_t>(static_cast<std::uint8_t>(old->frequency + 1), Entry::MostFrequency);
    to_main = main_.holds(place_of(*old));
    if (old->units >= units) {
      census_.gone(*old);
      old->flags = 0;
      old->frequency = frequency & 0xf;
      return old;
    }
    remove(*old);
  }
  if (units > young_.capacity() / 2) return nullptr;
  to_main = to_main || ghosts_.take(key.tag);
  const auto size = static_cast<std::uint16_t>(units);
  const Ref ref = to_main ? room_in_main(size, moment) : room_in_young(size, moment);
  Entry& entry = at(ref);
  entry.tag = key.tag;
  entry.meta = key.meta;
  entry.units = size;
  entry.flags = 0;
  entry.frequency = frequency & 0xf;
  add(key, ref);
  return &entry;
}

void EntryStore::add(const Key& key, Ref ref) noexcept {
  if (index_.add(key.tag, ref)) return;
  const auto warmth = [&](Ref other) { return 2 * at(other).frequency + (main_.holds(other) ? 1 : 0); };
  Ref coldest = NoRef;
  for (const auto& line : index_.bucket(key.tag).lines) {
    for (const Ref other : line.refs) {
      if (coldest == NoRef || warmth(other) < warmth(coldest)) coldest = other;
    }
  }
  evict(at(coldest));
  AVEN_CHECK(index_.add(key.tag, ref));
}

void EntryStore::remove(Entry& entry) noexcept {
  census_.gone(entry);
  index_.remove(entry.tag, place_of(entry));
  entry.flags |= Entry::Dead;
}

void EntryStore::evict(Entry& entry) noexcept {
  remove(entry);
  ++evictions_;
}

void EntryStore::clear() noexcept {
  index_.reset();
  ghosts_.reset();
  young_.reset();
  main_.reset();
  census_.reset();
  arena_.forget_all();
}

std::size_t EntryStore::touched_bytes() const noexcept {
  return index_.bytes() + ghosts_.bytes() + young_.touched_bytes() + main_.touched_bytes();
}

bool EntryStore::pop_if_useless(LogRing& ring, const Moment& moment) noexcept {
  if (ring.empty()) return false;
  Entry& oldest = at(ring.tail());
  if (!oldest.has(Entry::Dead)) {
    if (!oldest.is_over(moment.now, moment.serve_stale_s)) return false;
    remove(oldest);
  }
  ring.pop(oldest.units);
  return true;
}

void EntryStore::move_to(Ref to, Entry& entry, std::uint8_t frequency) noexcept {
  index_.move(entry.tag, place_of(entry), to);
  entry.frequency = frequency & 0xf;
  std::memmove(arena_.at(to), &entry, entry.units * UnitBytes);
}

Ref EntryStore::room_in_young(std::uint32_t units, const Moment& moment) noexcept {
  pop_if_useless(young_, moment);
  for (;;) {
    if (const Ref ref = young_.place(units); ref != NoRef) return ref;
    if (pop_if_useless(young_, moment)) continue;
    Entry& oldest = at(young_.tail());
    young_.pop(oldest.units);
    if (oldest.frequency >= PromoteAt) {
      move_to(room_in_main(oldest.units, moment), oldest, 0);
    } else if (const Ref unused = main_.place(oldest.units); unused != NoRef) {
      move_to(unused, oldest, 0);
    } else {
      ghosts_.remember(oldest.tag);
      evict(oldest);
    }
  }
}

Ref EntryStore::room_in_main(std::uint32_t units, const Moment& moment) noexcept {
  pop_if_useless(main_, moment);
  for (unsigned turns = 0;;) {
    if (const Ref ref = main_.place(units); ref != NoRef) return ref;
    if (pop_if_useless(main_, moment)) continue;
    Entry& oldest = at(main_.tail());
    main_.pop(oldest.units);
    if (oldest.frequency > 0 && turns < MostTurns) {
      ++turns;
      const Ref head = main_.place(oldest.units);  // there is room: it has just been given up
      AVEN_CHECK(head != NoRef);
      move_to(head, oldest, static_cast<std::uint8_t>(oldest.frequency - 1));
    } else {
      evict(oldest);
    }
  }
}

}  // namespace aven::cache
