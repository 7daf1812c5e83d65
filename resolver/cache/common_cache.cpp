#include "cache/common_cache.h"

#define XXH_INLINE_ALL
#include <algorithm>
#include <xxhash.h>

namespace aven::cache {

CommonCache::CommonCache(const CacheLimits& limits, std::uint64_t hash_seed)
    : seed_(hash_seed), parts_(std::clamp<std::size_t>(limits.max_bytes / LeastPartBytes, 1, MostParts)) {
  const CacheLimits of_part{limits.max_bytes / parts_.size(), limits.serve_stale_s};
  for (auto& part : parts_) part.cache.emplace(of_part, ~hash_seed);  // its index must not see our hash again
}

CommonCache::Part& CommonCache::part_of(const dns::Name& name) noexcept {
  const auto wire = name.wire();
  return parts_[XXH3_64bits_withSeed(wire.data(), wire.size(), seed_) % parts_.size()];
}

template <class Figure>
auto CommonCache::sum(Figure&& figure) noexcept {
  decltype(figure(*parts_[0].cache)) sum{};
  for (auto& part : parts_) {
    const std::lock_guard lock{part.mutex};
    sum += figure(*part.cache);
  }
  return sum;
}

template <class Look>
std::optional<CachedAnswer> CommonCache::look(const dns::Ask& ask, std::uint64_t routes, Look&& find_in) noexcept {
  auto& part = part_of(ask.name);
  const std::lock_guard lock{part.mutex};
  if (part.routes != routes) return std::nullopt;
  std::optional<CachedAnswer> found = find_in(*part.cache);
  if (found) found->entry = 0;  // no worker may stamp it
  return found;
}

std::optional<CachedAnswer> CommonCache::find(const dns::Ask& ask, std::uint64_t routes, Tick now,
                                              std::span<std::uint8_t> out) noexcept {
  return look(ask, routes, [&](AnswerCache& cache) { return cache.find(ask, now, NxdomainCut::Off, out); });
}

std::optional<CachedAnswer> CommonCache::find_stale(const dns::Ask& ask, std::uint64_t routes, Tick now,
                                                    std::span<std::uint8_t> out) noexcept {
  return look(ask, routes, [&](AnswerCache& cache) { return cache.find_stale(ask, now, out); });
}

void CommonCache::insert(const dns::Ask& ask, std::uint64_t routes, const dns::CleanReply& reply,
                         std::uint64_t generation, bool may_match, Tick now) noexcept {
  auto& part = part_of(ask.name);
  const std::lock_guard lock{part.mutex};
  if (routes < part.routes) return;
  if (routes > part.routes) part.cache->flush_all();
  part.routes = routes;
  part.cache->insert(ask, reply, generation, may_match, now);
}

std::size_t CommonCache::flush(const dns::Name& name, bool below) noexcept {
  return sum([&](AnswerCache& cache) { return cache.flush(name, below); });
}

std::size_t CommonCache::flush_all() noexcept {
  return sum([](AnswerCache& cache) {
    const auto entries = cache.entry_count();
    cache.flush_all();
    return entries;
  });
}

void CommonCache::walk(Tick now, const std::function<void(const KeptAnswer&)>& visit) {
  for (auto& part : parts_) {
    std::uint32_t from = 0;
    do {
      const std::lock_guard lock{part.mutex};
      from = part.cache->walk(from, now, visit);
    } while (from != 0);
  }
}

void CommonCache::set_serve_stale(std::uint32_t seconds) noexcept {
  for (auto& part : parts_) {
    const std::lock_guard lock{part.mutex};
    part.cache->set_serve_stale(seconds);
  }
}

std::size_t CommonCache::entry_count() noexcept {
  return sum([](const AnswerCache& cache) { return cache.entry_count(); });
}

std::size_t CommonCache::memory_bytes() noexcept {
  return sum([](const AnswerCache& cache) { return cache.memory_bytes(); });
}

std::uint64_t CommonCache::evictions() noexcept {
  return sum([](const AnswerCache& cache) { return cache.evictions(); });
}

}  // namespace aven::cache
