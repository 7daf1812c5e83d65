// CommonCache: the replies that one worker fetched, for all the others. Each worker's own AnswerCache stands before it:
// a worker looks here only for what it has not got itself, and keeps what it finds; so a hit in its own cache takes
// no lock, and no question goes upstream because the kernel gave it to another worker.
// Thread: any. A call locks one of its parts, for the time of a look and a copy; flushes and walks lock one after another.
// Lifetime: find() copies the aged reply into the caller's buffer.
// Memory: never more than `max_bytes`; taken from the system as it fills.
// Fails: never; like AnswerCache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/tick.h"
#include "cache/answer_cache.h"
#include "dns/ask.h"
#include "dns/reply.h"

namespace aven::cache {

class CommonCache {
 public:
  CommonCache(const CacheLimits& limits, std::uint64_t hash_seed);

  // `routes`: the book by which ask.route is meant. A newer book's first reply puts out all that was kept by older ones; an
  // older book finds nothing and keeps nothing, so a worker that has not changed yet mixes nothing up.
  // A live reply to this very question. Nothing of names above it, and no failure: those each worker learns itself.
  std::optional<CachedAnswer> find(const dns::Ask& ask, std::uint64_t routes, Tick now,
                                   std::span<std::uint8_t> out) noexcept;
  std::optional<CachedAnswer> find_stale(const dns::Ask& ask, std::uint64_t routes, Tick now,
                                         std::span<std::uint8_t> out) noexcept;
  void insert(const dns::Ask& ask, std::uint64_t routes, const dns::CleanReply& reply, std::uint64_t generation,
              bool may_match, Tick now) noexcept;

  std::size_t flush(const dns::Name& name, bool below) noexcept;
  std::size_t flush_all() noexcept;
  // Every reply, as AnswerCache::walk; whole at once, and `asked` tells only of those who looked here.
  void walk(Tick now, const std::function<void(const KeptAnswer&)>& visit);
  void set_serve_stale(std::uint32_t seconds) noexcept;

  std::size_t entry_count() noexcept;
  std::size_t memory_bytes() noexcept;
  std::uint64_t evictions() noexcept;

 private:
  static constexpr std::size_t MostParts = 16, LeastPartBytes = 1U << 20;
  struct alignas(64) Part {
    std::mutex mutex;
    std::optional<AnswerCache> cache;
    std::uint64_t routes = 0;
  };
  Part& part_of(const dns::Name& name) noexcept;
  // What find_in(cache) gives, of the part that keeps the name, if it is of the same book of routes.
  template <class Look>
  std::optional<CachedAnswer> look(const dns::Ask& ask, std::uint64_t routes, Look&& find_in) noexcept;
  // The sum of what `figure` gives for each part.
  template <class Figure>
  auto sum(Figure&& figure) noexcept;

  std::uint64_t seed_;
  std::vector<Part> parts_;
};

}  // namespace aven::cache
