// Settings of the packet path that a reload may change, and the delivery that brings them to a worker.
// Thread: made by the loader, immutable afterwards; a WorkerPolicy belongs to one worker between two deliveries.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cache/answer_cache.h"
#include "policy/pattern_set.h"
#include "policy/policy.h"
#include "stats/query_log.h"
#include "stats/totals.h"
#include "upstream/upstream_set.h"

namespace aven::pipeline {

// Where questions for private reverse zones go (DESIGN.md section 5).
enum class PrivateReverse : std::uint8_t { Auto, Local, Forward };

struct Settings {
  std::uint32_t client_qps = 0;             // 0 = no limit
  std::size_t in_flight = 10000;            // of this worker
  std::size_t in_flight_per_client = 500;   // of this worker
  std::uint16_t tcp_keepalive_100ms = 100;  // RFC 7828: what we tell of our idle timeout
  PrivateReverse private_reverse = PrivateReverse::Auto;
  cache::NxdomainCut nxdomain_cut = cache::NxdomainCut::Secure;
  std::uint32_t serve_stale_s = 86400;
  bool prefetch = true;
  std::uint32_t special_ttl = 86400;        // of special names' answers
  std::string server_id;                    // id.server CH TXT (RFC 4892)
  std::string version;                      // version.bind CH TXT
  std::vector<stats::LogLevel> log_levels;  // by group of the policy; a group that is not in it is not logged
};

// Everything a worker decides from, swapped as a whole between two batches. The old one goes back to control, which
// hands it to the loader: a worker never frees a policy.
struct WorkerPolicy {
  std::shared_ptr<const policy::Policy> policy;
  std::shared_ptr<const policy::Activity> activity;
  std::unique_ptr<policy::PatternSet> patterns;
  std::unique_ptr<stats::RuleCounters> rule_counters;  // zeroed; of this policy's rules
  std::shared_ptr<const upstream::UpstreamSet> upstreams;
  std::shared_ptr<const Settings> settings;
  std::uint64_t routes = 0;  // grows each time that a dns::RouteId may mean another pool
};

}  // namespace aven::pipeline
