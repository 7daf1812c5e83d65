// Snapshot: the figures of all workers, each copied by its worker between two batches, so that in every
// part received == answered + dropped + in_flight.
// Thread: any; a value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/tick.h"
#include "stats/counters.h"
#include "stats/histogram.h"
#include "stats/totals.h"
#include "upstream/forwarder.h"
#include "upstream/upstream_set.h"

namespace aven::server {

struct WorkerSnapshot {
  stats::CounterValues counters{};
  std::size_t in_flight = 0;
  stats::Histogram latency;
  std::vector<upstream::ServerHealth> upstreams;  // by upstream::ServerIndex
  std::vector<std::size_t> upstream_sockets;      // open now, by upstream::ServerIndex
  std::vector<std::size_t> upstream_connections;  // of these, over TCP, TLS or HTTPS
  std::size_t cache_entries = 0, cache_bytes = 0;
  std::uint64_t cache_evictions = 0;
  std::size_t tcp_clients = 0;  // connections open now
  std::uint64_t policy_generation = 0;
  stats::RuleCounters rules{0};  // of that policy, since it came
};

struct Snapshot {
  Tick taken{};
  Tick started{};
  stats::CounterValues counters{};  // the sum
  std::size_t in_flight = 0;
  stats::Histogram latency;       // the sum
  std::size_t cache_entries = 0;  // copies that several workers hold of one reply not counted
  std::size_t cache_bytes = 0;
  std::uint64_t cache_evictions = 0;
  std::size_t tcp_clients = 0;
  std::shared_ptr<const upstream::UpstreamSet> upstreams;  // what the workers' lists are indexed by
  stats::RuleTotals rules;                                 // since the start, by "pack/id"
  std::vector<WorkerSnapshot> workers;
};

}  // namespace aven::server
