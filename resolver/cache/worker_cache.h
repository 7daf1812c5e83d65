// WorkerCache: the caches as one worker sees them: its own AnswerCache and behind it, where there is more than one worker,
// the CommonCache. What it has not got itself, or only as a failure or near its end, it takes over from there.
// Thread: the worker that owns it.   Ownership: owns its own cache; the common one outlives it.
// Lifetime, fails: like AnswerCache.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "cache/answer_cache.h"
#include "cache/common_cache.h"

namespace aven::cache {

class WorkerCache {
 public:
  // `common`: null if there is none.
  WorkerCache(const CacheLimits& limits, std::uint64_t hash_seed, CommonCache* common)
      : own_(limits, hash_seed), common_(common) {}

  std::optional<CachedAnswer> find(const dns::Ask& ask, Tick now, NxdomainCut cut,
                                   std::span<std::uint8_t> out) noexcept {
    const auto hit = own_.find(ask, now, cut, out);
    if (common_ == nullptr || (hit && !hit->failure && !hit->wants_prefetch)) return hit;
    return fresher_than(hit, ask, now, cut, out);
  }
  std::optional<CachedAnswer> find_stale(const dns::Ask& ask, Tick now, std::span<std::uint8_t> out) noexcept;
  void insert(const dns::Ask& ask, const dns::CleanReply& reply, std::uint64_t generation, bool may_match,
              Tick now) noexcept;
  void insert_failure(const dns::Ask& ask, std::uint32_t seconds, Tick now) noexcept {
    own_.insert_failure(ask, seconds, now);
  }
  void restamp(std::uint32_t entry, std::uint64_t generation, bool may_match) noexcept {
    own_.restamp(entry, generation, may_match);
  }
  // From now on the numbers of routes mean what they mean in `book`, which only grows: nothing kept for others is given.
  void use_routes(std::uint64_t book) noexcept;

  AnswerCache& own() noexcept { return own_; }

 private:
  std::optional<CachedAnswer> fresher_than(const std::optional<CachedAnswer>& hit, const dns::Ask& ask, Tick now,
                                           NxdomainCut cut, std::span<std::uint8_t> out) noexcept;

  AnswerCache own_;
  CommonCache* common_;
  std::uint64_t routes_ = 0;
  std::array<std::uint8_t, dns::MaxMessageSize> taken_;
};

}  // namespace aven::cache
