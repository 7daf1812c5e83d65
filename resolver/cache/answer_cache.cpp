#include "cache/answer_cache.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <array>
#include <cstring>
#include <xxhash.h>

#include "base/bytes.h"
#include "base/check.h"
#include "cache/entry_store.h"

namespace aven::cache {
namespace {

constexpr std::uint32_t StaleTtl = 30;             // RFC 8767 section 4
constexpr std::uint32_t MostFailureSeconds = 300;  // RFC 9520 section 3.2
constexpr std::uint32_t LeastPrefetchTtl = 10;
constexpr std::uint8_t PopularHits = 3;
constexpr std::uint64_t Hour = 3600;          // seconds
constexpr std::uint32_t BucketsPerStep = 32;  // of a walk: at most 512 entries

void write_u32(std::uint8_t* at, std::uint32_t value) noexcept {
  for (unsigned i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// What the TTLs of a reply become on the way out.
struct Ageing {
  std::uint32_t elapsed;
  bool stale;

  std::uint32_t operator()(std::uint32_t ttl) const noexcept {
    if (stale) return StaleTtl;
    return ttl > elapsed ? ttl - elapsed : 0;
  }
};

// Copies the reply; gives its least TTL.
std::uint32_t copy_aged(Entry& entry, Ageing aged, std::span<std::uint8_t> out) noexcept {
  const std::uint8_t* wire = entry.wire_data();
  std::memcpy(out.data(), wire, entry.wire_size);
  std::uint32_t least = UINT32_MAX;
  const std::uint16_t* positions = entry.ttl_positions();
  for (std::size_t i = 0; i < entry.ttl_count; ++i) {
    const std::uint32_t ttl = aged(u32_at(wire + positions[i]));
    write_u32(out.data() + positions[i], ttl);
    least = std::min(least, ttl);
  }
  return least;
}

// A failure's reply: the header and the question.
void write_head(ByteWriter& writer, const dns::Ask& ask, dns::Rcode rcode) noexcept {
  writer.u16(0);
  writer.u16(static_cast<std::uint16_t>(dns::flag::QR | dns::flag::RA | static_cast<unsigned>(rcode)));
  writer.u16(1);
  for (int i = 0; i < 3; ++i) writer.u16(0);
  writer.bytes(ask.name.wire());
  writer.u16(static_cast<std::uint16_t>(ask.type));
  writer.u16(static_cast<std::uint16_t>(ask.class_));
}

void note_hit(Entry& entry) noexcept {
  if (entry.hits < Entry::MostHits) ++entry.hits;
  if (entry.asked < UINT32_MAX) ++entry.asked;
  if (entry.frequency < Entry::MostFrequency) ++entry.frequency;
}

// Of the questions counted since an entry came, how many fall into the last hour.
std::uint32_t asked_lately(const Entry& entry, Tick now) noexcept {
  const std::uint64_t age = seconds_between(Tick{Duration{entry.inserted}}, now);
  return age <= Hour ? entry.asked : static_cast<std::uint32_t>(entry.asked * Hour / age);
}

// What of them counts on in its next life.
std::uint32_t carried_on(const Entry* entry, Tick now) noexcept {
  if (entry == nullptr) return 0;
  const std::uint64_t age = seconds_between(Tick{Duration{entry->inserted}}, now);
  return age >= Hour ? 0 : static_cast<std::uint32_t>(entry->asked * (Hour - age) / Hour);
}

// Says so once per life.
bool is_due_for_prefetch(Entry& entry, Tick now) noexcept {
  if (entry.hits < PopularHits || entry.ttl < LeastPrefetchTtl || entry.has(Entry::PrefetchSaid)) return false;
  if (entry.kind() == Kind::Failure || entry.end() - now > Duration{std::chrono::seconds{entry.ttl}} / 10) return false;
  entry.flags |= Entry::PrefetchSaid;
  return true;
}

}  // namespace

struct AnswerCache::Impl {
  Impl(const CacheLimits& limits_of_cache, std::uint64_t hash_seed)
      : limits(limits_of_cache),
        seed(hash_seed),
        store(limits.max_bytes - std::min(limits.max_bytes, sizeof(AnswerCache) + sizeof(Impl) - sizeof(EntryStore))) {}

  std::uint64_t hash(std::span<const std::uint8_t> name) const noexcept {
    return XXH3_64bits_withSeed(name.data(), name.size(), seed);
  }
  // The question's own key; keys of other kinds share its name hash.
  struct Asked {
    const dns::Ask& ask;
    std::uint64_t name_hash;
    Key key(Kind kind) const noexcept { return make_key(ask, kind, ask.name.wire(), name_hash); }
  };
  Asked asked(const dns::Ask& ask) const noexcept { return {ask, hash(ask.name.wire())}; }

  Entry* find_live(const Key& key, Tick now) const noexcept {
    Entry* entry = store.find(key);
    return entry != nullptr && entry->is_live(now) ? entry : nullptr;
  }
  Entry* find_nxdomain_above(const dns::Ask& ask, Tick now, bool secure) const noexcept;
  Entry* find_old(const Key& key, Tick now) const noexcept {
    Entry* entry = store.find(key);
    return entry != nullptr && entry->is_stale(now, limits.serve_stale_s) ? entry : nullptr;
  }
  std::optional<CachedAnswer> give(Entry& entry, const dns::Ask& ask, Tick now, std::span<std::uint8_t> out) noexcept;
  std::optional<CachedAnswer> give_below(Entry& entry, const dns::Ask& ask, Tick now,
                                         std::span<std::uint8_t> out) noexcept;
  static CachedAnswer describe(Entry& entry) noexcept;

  void forget(const Key& key) noexcept {
    if (Entry* entry = store.find(key)) store.remove(*entry);
  }
  struct Facts {
    std::uint32_t ttl;
    std::uint64_t generation;
    std::uint8_t flags;
  };
  void keep(const Key& key, std::span<const std::uint8_t> wire, std::uint16_t ttl_count, const Facts& facts,
            Tick now) noexcept;

  const CacheLimits& limits;
  std::uint64_t seed;
  EntryStore store;
};

AnswerCache::AnswerCache(const CacheLimits& limits, std::uint64_t hash_seed)
    : limits_(limits), impl_(std::make_unique<Impl>(limits_, hash_seed)) {}

AnswerCache::~AnswerCache() = default;

CachedAnswer AnswerCache::Impl::describe(Entry& entry) noexcept {
  CachedAnswer answer;
  answer.rcode = entry.rcode();
  answer.authentic = entry.has(Entry::Authentic);
  return answer;
}

std::optional<CachedAnswer> AnswerCache::Impl::give(Entry& entry, const dns::Ask& ask, Tick now,
                                                    std::span<std::uint8_t> out) noexcept {
  if (out.size() < entry.wire_size) return std::nullopt;
  note_hit(entry);
  CachedAnswer answer = describe(entry);
  answer.failure = entry.kind() == Kind::Failure;
  answer.aliased = entry.kind() == Kind::Exact && answer.rcode == dns::Rcode::NxDomain;
  answer.may_match = entry.has(Entry::MayMatch);
  answer.judged_generation = entry.judged_generation;
  answer.entry = store.place_of(entry);
  const std::uint32_t elapsed = seconds_between(Tick{Duration{entry.inserted}}, now);
  answer.stale = elapsed >= entry.ttl;
  const std::uint32_t left = answer.stale ? StaleTtl : entry.ttl - elapsed;
  answer.least_ttl = std::min(copy_aged(entry, {elapsed, answer.stale}, out), left);
  answer.wire = out.first(entry.wire_size);
  if (entry.kind() == Kind::Nxdomain) {  // it may have been learnt with another type
    const auto type = static_cast<std::uint16_t>(ask.type);
    const std::size_t at = dns::HeaderSize + ask.name.wire().size();
    out[at] = static_cast<std::uint8_t>(type >> 8);
    out[at + 1] = static_cast<std::uint8_t>(type);
  }
  answer.wants_prefetch = !answer.stale && is_due_for_prefetch(entry, now);
  return answer;
}

std::optional<CachedAnswer> AnswerCache::Impl::give_below(Entry& entry, const dns::Ask& ask, Tick now,
                                                          std::span<std::uint8_t> out) noexcept {
  CachedAnswer answer = describe(entry);
  const std::uint32_t elapsed = seconds_between(Tick{Duration{entry.inserted}}, now);
  answer.wire = dns::with_question(entry.wire(), ask, out);
  if (answer.wire.empty()) return std::nullopt;
  answer.least_ttl = std::min(entry.ttl - elapsed, dns::age_ttls(answer.wire, elapsed));
  note_hit(entry);
  return answer;
}

Entry* AnswerCache::Impl::find_nxdomain_above(const dns::Ask& ask, Tick now, bool secure) const noexcept {
  auto name = ask.name.wire();
  for (std::size_t labels = ask.name.label_count(); labels > 1; --labels) {
    name = name.subspan(name[0] + std::size_t{1});
    if (!store.census().any_nxdomain(labels - 1, secure)) continue;
    Entry* entry = find_live(make_key(ask, Kind::Nxdomain, name, hash(name)), now);
    if (entry != nullptr && (!secure || entry->has(Entry::Authentic))) return entry;
  }
  return nullptr;
}

std::optional<CachedAnswer> AnswerCache::find(const dns::Ask& ask, Tick now, NxdomainCut cut,
                                              std::span<std::uint8_t> out) noexcept {
  const auto asked = impl_->asked(ask);
  if (Entry* entry = impl_->find_live(asked.key(Kind::Exact), now)) return impl_->give(*entry, ask, now, out);
  const Census& census = impl_->store.census();
  if (census.any_nxdomain()) {
    if (Entry* entry = impl_->find_live(asked.key(Kind::Nxdomain), now)) return impl_->give(*entry, ask, now, out);
    Entry* above = cut == NxdomainCut::Off ? nullptr : impl_->find_nxdomain_above(ask, now, cut == NxdomainCut::Secure);
    if (above != nullptr) return impl_->give_below(*above, ask, now, out);
  }
  if (census.any_failure()) {
    if (Entry* entry = impl_->find_live(asked.key(Kind::Failure), now)) return impl_->give(*entry, ask, now, out);
  }
  return std::nullopt;
}

std::optional<CachedAnswer> AnswerCache::find_stale(const dns::Ask& ask, Tick now,
                                                    std::span<std::uint8_t> out) noexcept {
  const auto asked = impl_->asked(ask);
  Entry* exact = impl_->find_old(asked.key(Kind::Exact), now);
  Entry* nxdomain = impl_->find_old(asked.key(Kind::Nxdomain), now);
  if (exact == nullptr || (nxdomain != nullptr && nxdomain->inserted > exact->inserted)) exact = nxdomain;
  if (exact == nullptr) return std::nullopt;
  return impl_->give(*exact, ask, now, out);
}

std::span<const std::uint8_t> AnswerCache::look(const dns::Ask& ask, Tick now) const noexcept {
  const auto asked = impl_->asked(ask);
  for (const auto kind : {Kind::Exact, Kind::Nxdomain, Kind::Failure}) {
    const auto key = asked.key(kind);
    Entry* entry = impl_->find_live(key, now);
    if (entry == nullptr && kind != Kind::Failure) entry = impl_->find_old(key, now);
    if (entry != nullptr) return entry->wire();
  }
  return {};
}

void AnswerCache::Impl::keep(const Key& key, std::span<const std::uint8_t> wire, std::uint16_t ttl_count,
                             const Facts& facts, Tick now) noexcept {
  const std::uint32_t carried = carried_on(store.find(key), now);
  Entry* entry = store.make(key, Entry::units_for(wire.size(), ttl_count), now, limits.serve_stale_s);
  if (entry == nullptr) return;
  entry->inserted = now.time_since_epoch().count();
  entry->judged_generation = static_cast<std::uint32_t>(facts.generation);
  entry->asked = carried + 1;
  entry->ttl = facts.ttl;
  entry->wire_size = static_cast<std::uint16_t>(wire.size());
  entry->ttl_count = ttl_count;
  entry->flags = facts.flags;
  entry->hits = 0;
  std::memcpy(entry->wire_data(), wire.data(), wire.size());
  write_ttl_positions(*entry);
  store.keep(*entry);
}

void AnswerCache::insert(const dns::Ask& ask, const dns::CleanReply& reply, std::uint64_t generation, bool may_match,
                         Tick now) noexcept {
  if (reply.ttl == 0 || dns::is_meta(ask.type)) return;
  const auto ttl_count = count_ttls(reply.wire, ask.name);
  if (!ttl_count) return;
  const auto asked = impl_->asked(ask);
  const bool for_all_types = reply.rcode == dns::Rcode::NxDomain && !reply.aliased;
  const Census& census = impl_->store.census();
  if (census.any_failure()) impl_->forget(asked.key(Kind::Failure));
  // The newer reply is right: a name that has this type exists, one that does not exist has no type.
  if (for_all_types || census.any_nxdomain()) impl_->forget(asked.key(for_all_types ? Kind::Exact : Kind::Nxdomain));

  const auto flags =
      static_cast<std::uint8_t>((reply.authentic ? Entry::Authentic : 0) | (may_match ? Entry::MayMatch : 0));
  impl_->keep(asked.key(for_all_types ? Kind::Nxdomain : Kind::Exact), reply.wire, *ttl_count,
              {reply.ttl, generation, flags}, now);
}

void AnswerCache::insert_failure(const dns::Ask& ask, std::uint32_t seconds, Tick now) noexcept {
  if (seconds == 0 || dns::is_meta(ask.type)) return;
  std::array<std::uint8_t, dns::HeaderSize + dns::MaxNameSize + 4> buffer;
  ByteWriter writer{buffer};
  write_head(writer, ask, dns::Rcode::ServFail);
  impl_->keep(impl_->asked(ask).key(Kind::Failure), writer.written(), 0, {std::min(seconds, MostFailureSeconds), 0, 0},
              now);
}

void AnswerCache::restamp(std::uint32_t entry, std::uint64_t generation, bool may_match) noexcept {
  if (entry == NoRef) return;
  Entry& kept = impl_->store.at(entry);
  kept.judged_generation = static_cast<std::uint32_t>(generation);
  const unsigned others = kept.flags & ~unsigned{Entry::MayMatch};
  kept.flags = static_cast<std::uint8_t>(others | (may_match ? Entry::MayMatch : 0U));
}

std::size_t AnswerCache::flush(const dns::Name& name, bool below) noexcept {
  return impl_->store.remove_if([&](Entry& entry) {
    const auto kept = entry.name();
    return (below || kept.size() == name.wire().size()) && is_at_or_below(kept, name.wire());
  });
}

std::uint32_t AnswerCache::walk(std::uint32_t from, Tick now,
                                const std::function<void(const KeptAnswer&)>& visit) const {
  const auto& store = impl_->store;
  const std::uint32_t end = std::min(store.bucket_count(), from + BucketsPerStep);
  for (std::uint32_t bucket = from; bucket < end; ++bucket) {
    store.visit_bucket(bucket, [&](Entry& entry) {
      if (entry.kind() == Kind::Exact) visit({entry.wire(), asked_lately(entry, now)});
    });
  }
  return end < store.bucket_count() ? end : 0;
}

void AnswerCache::for_each(Tick now, const std::function<void(const Kept&)>& visit) const {
  impl_->store.visit([&](Entry& entry) {
    if (entry.kind() == Kind::Failure || entry.is_over(now, limits_.serve_stale_s)) return;
    visit({entry.wire(), entry.route(), entry.dnssec_ok(), entry.checking_disabled(), entry.has(Entry::Authentic),
           seconds_between(Tick{Duration{entry.inserted}}, now)});
  });
}

void AnswerCache::restore(const dns::Ask& ask, const dns::CleanReply& reply, Tick received, Tick now) noexcept {
  const std::uint64_t life = std::uint64_t{reply.ttl} + limits_.serve_stale_s;
  if (received > now || seconds_between(received, now) >= life) return;
  const auto asked = impl_->asked(ask);
  for (const Kind kind : {Kind::Exact, Kind::Nxdomain}) {
    if (impl_->store.find(asked.key(kind)) != nullptr) return;
  }
  insert(ask, reply, 0, true, received);
}

void AnswerCache::flush_all() noexcept {
  impl_->store.clear();
}

std::size_t AnswerCache::entry_count() const noexcept {
  return impl_->store.size();
}
std::size_t AnswerCache::memory_bytes() const noexcept {
  return sizeof(AnswerCache) + sizeof(Impl) + impl_->store.touched_bytes();
}
std::uint64_t AnswerCache::evictions() const noexcept {
  return impl_->store.evictions();
}

}  // namespace aven::cache
