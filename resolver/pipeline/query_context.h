// QueryContext: what is known of one query while it is worked on.
// Thread: the worker's.   Lifetime: on the stack of one call; a query that waits is kept as a WaitingQuery, which holds
// no pointer, index or verdict into a policy: it is judged anew with the policy of the moment its reply comes.
#pragma once

#include <cstdint>
#include <span>

#include "base/tick.h"
#include "dns/ask.h"
#include "dns/query.h"
#include "pipeline/client_port.h"
#include "policy/policy.h"
#include "policy/verdict.h"
#include "stats/counters.h"

namespace aven::pipeline {

struct QueryContext {
  ClientRef client;
  Tick received;
  dns::Query query;
  policy::ClassIndex client_class = 0;
  policy::ExemptIndex exempt = 0;
  dns::Ask ask;  // what is asked for it: the question, or the target that a record or a rule puts in its place
  policy::Verdict verdict;

  bool over_udp() const noexcept { return client.transport == ClientTransport::Udp; }
  bool substituted() const noexcept { return !(ask.name == query.name); }
};

// How a query ends: finish() sends, counts and forgets.
struct Ending {
  stats::Counter outcome = stats::Counter::failed;  // which of the outcome counters
  std::span<const std::uint8_t> answer;             // empty: no answer is sent
  std::uint32_t least_ttl = 0;
};

}  // namespace aven::pipeline
