// QueryLogging: what finish() tells the query log, no more than the level of the client's group allows. The record that
// leaves here already lacks what the level forbids, so no display behind it can show it.
// Thread: the worker's.   Lifetime: looks at what it is given during the call; the ring outlives it.
// Fails: never; a record that the full ring refuses is counted. No allocation, no lock, no wait.
#pragma once

#include <cstdint>
#include <span>

#include "base/tick.h"
#include "pipeline/query_context.h"
#include "pipeline/settings.h"
#include "stats/counters.h"
#include "stats/query_log.h"

namespace aven::pipeline {

class QueryLogging {
 public:
  explicit QueryLogging(stats::Counters& counters) noexcept : counters_(counters) {}

  void log_to(stats::QueryRing& ring) noexcept { ring_ = &ring; }
  // `book`: what the worker decides from, and in which the context's class and verdict count.
  void log(const QueryContext& context, const Ending& ending, const WorkerPolicy& book, Tick now) noexcept {
    if (ring_ != nullptr) tell(context, ending, book, now);
  }

 private:
  void tell(const QueryContext& context, const Ending& ending, const WorkerPolicy& book, Tick now) noexcept;
  void push(stats::QueryHead& head, std::span<const std::uint8_t> name) noexcept;

  stats::Counters& counters_;
  stats::QueryRing* ring_ = nullptr;
};

}  // namespace aven::pipeline
