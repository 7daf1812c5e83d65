// AnswerCache: upstreams' replies in clean wire form (dns/reply.h), keyed by dns::Ask. It holds replies,
// never verdicts; beside each stands the policy generation that last looked at it and whether a rule may
// speak to it.
// Thread: the worker that owns it; not shared.
// Lifetime: find() copies the aged reply into the caller's buffer.
// Memory: never more than `max_bytes`, index included; taken from the system as it fills.
// Fails: never; a full cache evicts what was not asked again (S3-FIFO), a reply too big for it is not
// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/tick.h"
#include "dns/ask.h"
#include "dns/reply.h"

namespace aven::cache {

struct CacheLimits {
  std::size_t max_bytes = 64U << 20;
  std::uint32_t serve_stale_s = 86400;  // how long after its end an entry may still be given; 0 = never
};

// Which NXDOMAINs speak for the names below them (RFC 8020).
enum class NxdomainCut : std::uint8_t { Off, Secure, All };

struct CachedAnswer {
  std::span<std::uint8_t> wire;  // in the caller's buffer, TTLs aged
  std::uint32_t least_ttl = 0;   // of the aged reply
  dns::Rcode rcode = dns::Rcode::NoError;
  bool authentic = false;
  bool aliased = false;  // an NXDOMAIN of the name that an alias leads to
  bool stale = false;    // past its end; only from find_stale
  bool failure = false;  // a kept SERVFAIL (RFC 9520): EDE 13
  bool may_match = false;
  bool wants_prefetch = false;          // popular and in the last tenth of its life; said once per life
  std::uint64_t judged_generation = 0;  // 0: no policy has looked at this answer
  std::uint32_t entry = 0;              // for restamp(), valid until the next insert; 0: not to be stamped
};

// A kept reply as it lies in the cache.
struct KeptAnswer {
  std::span<const std::uint8_t> wire;
  std::uint32_t asked = 0;  // in about the last hour
};

class AnswerCache {
 public:
  AnswerCache(const CacheLimits& limits, std::uint64_t hash_seed);
  ~AnswerCache();
  AnswerCache(const AnswerCache&) = delete;
  AnswerCache& operator=(const AnswerCache&) = delete;

  // A live entry for this question; else an NXDOMAIN of its name or, by `cut`, of a name above it in the same
  // route (RFC 8020), which no policy has looked at for this name; else a kept failure.
  std::optional<CachedAnswer> find(const dns::Ask& ask, Tick now, NxdomainCut cut,
                                   std::span<std::uint8_t> out) noexcept;
  // An entry past its end but within serve_stale_s, its TTLs set to 30 s (RFC 8767).
  std::optional<CachedAnswer> find_stale(const dns::Ask& ask, Tick now, std::span<std::uint8_t> out) noexcept;

  // The kept reply as it lies there, live or stale, else a kept failure; empty if there is none. Counts as no question.
  std::span<const std::uint8_t> look(const dns::Ask& ask, Tick now) const noexcept;

  // Keeps a clean reply; one with ttl 0 is not kept. An NXDOMAIN without aliases is kept for all types.
  void insert(const dns::Ask& ask, const dns::CleanReply& reply, std::uint64_t generation, bool may_match,
              Tick now) noexcept;
  // Keeps "no usable answer" for `seconds` (RFC 9520: 1 s to 5 min), beside an entry that can still be stale.
  void insert_failure(const dns::Ask& ask, std::uint32_t seconds, Tick now) noexcept;
  // The worker's policy has looked at this entry again.
  void restamp(std::uint32_t entry, std::uint64_t generation, bool may_match) noexcept;

  // Forgets one name (all types, flags and routes), or with `below` also everything under it; how many.
  std::size_t flush(const dns::Name& name, bool below) noexcept;
  void flush_all() noexcept;
  // Calls visit for replies with a type of their own, live or stale, a few hundred at a time. `from`: 0 first, then what
  // the call before gave; 0 again at the end. What comes or goes meanwhile may be missed or seen twice.
  std::uint32_t walk(std::uint32_t from, Tick now, const std::function<void(const KeptAnswer&)>& visit) const;
  // One kept reply, as it came; valid during the call.
  struct Kept {
    std::span<const std::uint8_t> wire;
    dns::RouteId route = dns::DefaultRoute;
    bool dnssec_ok = false, checking_disabled = false, authentic = false;
    std::uint32_t age_s = 0;
  };
  // Calls visit for each reply that can still be given, be it as an old one, what has stood the test of time first; not
  // for failures.
  void for_each(Tick now, const std::function<void(const Kept&)>& visit) const;
  // Keeps a reply that came at `received`, an earlier time than now, if it can still be given and nothing is kept for its
  // question; to be judged when it is asked for.
  void restore(const dns::Ask& ask, const dns::CleanReply& reply, Tick received, Tick now) noexcept;
  void set_serve_stale(std::uint32_t seconds) noexcept { limits_.serve_stale_s = seconds; }

  std::size_t entry_count() const noexcept;
  std::size_t memory_bytes() const noexcept;
  std::uint64_t evictions() const noexcept;

 private:
  struct Impl;
  CacheLimits limits_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::cache
