#include "status/upstream_problems.h"

#include <algorithm>

#include "status/status_json.h"

namespace aven::status {
namespace {

constexpr Duration LoopIsNews = std::chrono::minutes{10};

// The newest loop that any worker has seen at this server.
const upstream::ServerHealth* newest_loop(const server::Snapshot& snapshot, std::size_t server) {
  const upstream::ServerHealth* newest = nullptr;
  for (const auto& worker : snapshot.workers) {
    if (server >= worker.upstreams.size()) continue;
    const auto& health = worker.upstreams[server];
    if (!health.loop_from || snapshot.taken - health.loop_seen > LoopIsNews) continue;
    if (newest == nullptr || health.loop_seen > newest->loop_seen) newest = &health;
  }
  return newest;
}

// Is there another server in each pool of this one that answers?
bool has_deputies(const server::Snapshot& snapshot, std::size_t server) {
  const auto& pools = snapshot.upstreams->pools;
  return std::all_of(pools.begin(), pools.end(), [&](const upstream::Pool& pool) {
    const auto& servers = pool.servers;
    if (std::find(servers.begin(), servers.end(), server) == servers.end()) return true;
    return std::any_of(servers.begin(), servers.end(),
                       [&](const auto other) { return other != server && upstream_figures(snapshot, other).up; });
  });
}

}  // namespace

policy::Problems upstream_problems(const server::Snapshot& snapshot) {
  policy::Problems problems;
  const auto& set = *snapshot.upstreams;
  for (std::size_t i = 0; i < set.servers.size(); ++i) {
    const std::string name = set.servers[i].text();
    if (!upstream_figures(snapshot, static_cast<upstream::ServerIndex>(i)).up) {
      if (has_deputies(snapshot, i)) {
        problems.push_back({"", "/upstreams", name + " does not answer; the other servers are asked instead",
                            policy::Severity::Warning});
      } else {
        problems.push_back(
            {"", "/upstreams",
             name + " does not answer, and no other server is left: names that are not in the cache fail",
             policy::Severity::Error});
      }
    }
    const auto* loop = newest_loop(snapshot, i);
    if (loop == nullptr) continue;
    problems.push_back({"", "/upstreams",
                        "forwarding loop: Aven asks " + name + ", and the same question comes back to Aven from " +
                            loop->loop_from->text() +
                            "; such names are answered SERVFAIL. Let one of the two forward elsewhere",
                        policy::Severity::Error});
  }
  return problems;
}

}  // namespace aven::status
