#include "app/kept_cache.h"

#include <chrono>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/tick.h"

namespace aven::app {

void KeptCache::add_to(server::ServerOptions& options) const {
  if (config_.cache_file.empty()) return;
  options.on_stopped = [file = config_.cache_file](const CacheImages& images, const upstream::UpstreamSet& servers) {
    const auto failure = write_cache_file(file, servers, images, read_wall_time());
    if (failure) log::warn("The cache is not kept in {}: {}", file.string(), *failure);
  };
}

void KeptCache::restore(server::Server& server) {
  if (config_.cache_file.empty()) return;
  const std::size_t most = 2 * config_.cache.max_bytes;  // the index is not in it, heads are
  server.run_on_loader([this, &server, most, file = config_.cache_file, servers = server.current().upstreams] {
    const auto kept = std::make_shared<CacheFile>(read_cache_file(file, most, *servers, read_wall_time()));
    server.post([this, &server, kept, read = read_tick()] { take(server, std::move(*kept), read); });
  });
}

void KeptCache::take(server::Server& server, CacheFile kept, Tick read) {
  if (!kept.why_not.empty()) {
    problem_ = {config_.policy.file, "/cache/file", config_.cache_file.string() + " is not used: " + kept.why_not,
                policy::Severity::Warning};
    return log::warn("{}", policy::to_text(*problem_));
  }
  server.restore_cache(std::move(kept.images), read - std::chrono::seconds{kept.age_s});
}

}  // namespace aven::app
