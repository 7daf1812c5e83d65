// KeptCache: `cache.file`. The workers' caches are written to it when the server has ended; they are read from it when
// the server answers already, by the loader's thread.
// Thread: control; what it gives to the loader touches nothing of it.   Lifetime: it outlives the server.
// Fails: by problem(); serving goes on with what it has.
#pragma once

#include <filesystem>
#include <optional>

#include "app/cache_file.h"
#include "app/config.h"
#include "policy/problem.h"
#include "server/server.h"

namespace aven::app {

class KeptCache {
 public:
  // Without `cache.file` nothing is kept.
  explicit KeptCache(const Config& config) : config_(config) {}

  void add_to(server::ServerOptions& options) const;
  // Once the workers answer.
  void restore(server::Server& server);
  // Why the file was not used.
  const std::optional<policy::Problem>& problem() const noexcept { return problem_; }

 private:
  void take(server::Server& server, CacheFile kept, Tick read);

  const Config& config_;
  std::optional<policy::Problem> problem_;
};

}  // namespace aven::app
