#include "cache/worker_cache.h"

namespace aven::cache {

std::optional<CachedAnswer> WorkerCache::fresher_than(const std::optional<CachedAnswer>& hit, const dns::Ask& ask,
                                                      Tick now, NxdomainCut cut, std::span<std::uint8_t> out) noexcept {
  const std::uint32_t left = hit && !hit->failure ? hit->least_ttl : 0;
  const auto found = common_->find(ask, routes_, now, taken_);
  if (!found || found->least_ttl <= left) return hit;
  dns::CleanReply reply{found->wire, found->rcode, found->authentic};
  reply.aliased = found->aliased;
  reply.ttl = found->least_ttl;
  own_.insert(ask, reply, found->judged_generation, found->may_match, now);
  const auto kept = own_.find(ask, now, cut, out);
  return kept ? kept : hit;
}

std::optional<CachedAnswer> WorkerCache::find_stale(const dns::Ask& ask, Tick now,
                                                    std::span<std::uint8_t> out) noexcept {
  auto old = own_.find_stale(ask, now, out);
  if (!old && common_ != nullptr) old = common_->find_stale(ask, routes_, now, out);
  return old;
}

void WorkerCache::insert(const dns::Ask& ask, const dns::CleanReply& reply, std::uint64_t generation, bool may_match,
                         Tick now) noexcept {
  own_.insert(ask, reply, generation, may_match, now);
  if (common_ != nullptr) common_->insert(ask, routes_, reply, generation, may_match, now);
}

void WorkerCache::use_routes(std::uint64_t book) noexcept {
  routes_ = book;
  own_.flush_all();
}

}  // namespace aven::cache
