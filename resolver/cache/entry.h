// Entry: one kept reply as it lies in the arena: this head, the clean wire form, and where its TTLs stand.
// The name is not stored apart: it is the question of the wire form.
// Key: what an entry is found by; it looks at the asked name.
// Thread: the worker's.
// Lifetime: an Entry moves when the cache makes room; nobody keeps a pointer past an insert.
// Fails: count_ttls() gives nothing for what is not a clean reply to the question; the rest never.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "base/tick.h"
#include "cache/arena.h"
#include "dns/ask.h"
#include "dns/wire.h"

namespace aven::cache {

enum class Kind : std::uint8_t {
  Exact,     // a reply for one type
  Nxdomain,  // the name does not exist: speaks for every type
  Failure,   // no usable answer (RFC 9520)
};

struct Key {
  std::span<const std::uint8_t> name;  // canonical wire form
  std::uint64_t meta = 0;              // everything else that must be equal
  std::uint32_t tag = 0;               // keyed hash of both
};

// `name_hash`: a keyed hash of `name`, which is ask.name or a name above it.
Key make_key(const dns::Ask& ask, Kind kind, std::span<const std::uint8_t> name, std::uint64_t name_hash) noexcept;

struct Entry {
  static constexpr std::uint8_t Dead = 1, Authentic = 2, MayMatch = 4, PrefetchSaid = 8;
  static constexpr std::uint8_t MostHits = 15, MostFrequency = 3;

  Tick::rep inserted;
  std::uint32_t judged_generation;
  std::uint32_t asked;  // questions in about the last hour, those of this key's earlier lives included
  std::uint64_t meta;
  std::uint32_t tag;
  std::uint32_t ttl;
  std::uint16_t units;  // of the arena, head included
  std::uint16_t wire_size;
  std::uint16_t ttl_count;
  std::uint8_t flags;
  std::uint8_t hits : 4;       // in this life of the reply
  std::uint8_t frequency : 4;  // for the eviction

  std::uint8_t* wire_data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
  std::span<std::uint8_t> wire() noexcept { return {wire_data(), wire_size}; }
  std::uint16_t* ttl_positions() noexcept {
    return reinterpret_cast<std::uint16_t*>(wire_data() + (std::size_t{wire_size} + 1) / 2 * 2);
  }
  static std::size_t units_for(std::size_t wire_size, std::size_t ttl_count) noexcept;

  bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
  Kind kind() const noexcept { return static_cast<Kind>(meta >> 56); }
  dns::RouteId route() const noexcept { return static_cast<dns::RouteId>(meta >> 32); }
  bool dnssec_ok() const noexcept { return (meta >> 48 & 1) != 0; }
  bool checking_disabled() const noexcept { return (meta >> 49 & 1) != 0; }
  bool is(const Key& key) noexcept {
    return tag == key.tag && meta == key.meta && wire_size >= dns::HeaderSize + key.name.size() &&
           std::memcmp(wire_data() + dns::HeaderSize, key.name.data(), key.name.size()) == 0;
  }
  std::span<const std::uint8_t> name() noexcept;
  dns::Rcode rcode() noexcept { return static_cast<dns::Rcode>(wire_data()[3] & 0xf); }

  Tick end() const noexcept { return Tick{Duration{inserted}} + std::chrono::seconds{ttl}; }
  bool is_live(Tick now) const noexcept { return now < end(); }
  bool is_stale(Tick now, std::uint32_t serve_stale_s) const noexcept {
    return !is_live(now) && now < end() + std::chrono::seconds{serve_stale_s};
  }
  // Nobody can be given this any more.
  bool is_over(Tick now, std::uint32_t serve_stale_s) const noexcept {
    return now >= end() + std::chrono::seconds{kind() == Kind::Failure ? 0 : serve_stale_s};
  }
};
static_assert(sizeof(Entry) == 40);

// How many records have a TTL; nothing if `wire` is no clean reply to a question for `name`.
std::optional<std::uint16_t> count_ttls(std::span<const std::uint8_t> wire, const dns::Name& name) noexcept;
void write_ttl_positions(Entry& entry) noexcept;

// A wire name's octets, given a pointer to its first.
std::span<const std::uint8_t> name_at(const std::uint8_t* first) noexcept;
std::size_t label_count(std::span<const std::uint8_t> name) noexcept;
bool is_at_or_below(std::span<const std::uint8_t> name, std::span<const std::uint8_t> ancestor) noexcept;

}  // namespace aven::cache
