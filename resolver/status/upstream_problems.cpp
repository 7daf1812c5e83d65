#include "status/upstream_problems.h"

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

}  // namespace

policy::Problems upstream_problems(const server::Snapshot& snapshot) {
  policy::Problems problems;
  const auto& set = *snapshot.upstreams;
  for (std::size_t i = 0; i < set.servers.size(); ++i) {
    const auto* loop = newest_loop(snapshot, i);
    if (loop == nullptr) continue;
    problems.push_back({"", "/upstreams",
                        "forwarding loop: Aven asks " + set.servers[i].text() +
                            ", and the same question comes back to Aven from " + loop->loop_from->text() +
                            "; such names are answered SERVFAIL. Let one of the two forward elsewhere",
                        policy::Severity::Error});
  }
  return problems;
}

}  // namespace aven::status
