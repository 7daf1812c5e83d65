// Pipeline: the way of a query, one straight line (DESIGN.md section 3): admit, local, policy, cache, upstream, answer.
// It holds that order and nothing else. Every query ends in finish(), once:
// received == answered + dropped + in_flight().
// Thread: the worker's; no I/O, no clock.   Ownership: owns the worker's cache, forwarder and waiting queries; the
// ports, the random source and the counters outlive it.
// Fails: never; what a stranger sends is answered by the protocol or dropped, and counted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/random.h"
#include "base/tick.h"
#include "cache/worker_cache.h"
#include "pipeline/answers.h"
#include "pipeline/client_limits.h"
#include "pipeline/client_port.h"
#include "pipeline/local_answers.h"
#include "pipeline/overload.h"
#include "pipeline/query_context.h"
#include "pipeline/query_logging.h"
#include "pipeline/settings.h"
#include "pipeline/waiting_queries.h"
#include "stats/counters.h"
#include "stats/histogram.h"
#include "upstream/forwarder.h"

namespace aven::pipeline {

class Pipeline final : private upstream::OutcomeReceiver {
 public:
  struct Sizes {  // of this worker, fixed for the process
    cache::CacheLimits cache;
    std::size_t in_flight = 10000;
    upstream::LoopMark loop_mark = 0;            // the same for all workers
    cache::CommonCache* common_cache = nullptr;  // of all workers, where there are several; outlives the pipeline
  };
  // `first` must be complete: every pointer in it is set.
  Pipeline(ClientPort& clients, upstream::UpstreamPort& upstreams, RandomSource& random, stats::Counters& counters,
           const Sizes& sizes, WorkerPolicy first, Tick now);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline() override = default;

  // Tells the query log of each query from now on; the ring must outlive the pipeline.
  void log_to(stats::QueryRing& ring) noexcept { logging_.log_to(ring); }

  // Decides from `next` from now on; gives back what it decided from. Queries that wait are judged anew.
  WorkerPolicy use(WorkerPolicy next, Tick now);

  // One message that came from a client; `message` lives during the call.
  void on_query(const ClientRef& client, std::span<const std::uint8_t> message, Tick now) noexcept;

  // Upstream's side: replies and errors go straight to it.
  upstream::Forwarder& forwarder() noexcept { return forwarder_; }
  cache::AnswerCache& cache() noexcept { return cache_.own(); }

  Tick next_deadline() const noexcept { return forwarder_.next_deadline(); }
  void on_time(Tick now) noexcept { forwarder_.on_time(now); }
  // Answers every waiting query SERVFAIL with EDE 14 (RFC 8914): the worker stops.
  void answer_the_rest(Tick now) noexcept;

  std::size_t in_flight() const noexcept { return waiting_.size(); }
  const stats::Histogram& latency() const noexcept { return latency_; }

 private:
  // The steps, in their order. Each gives the ending, or nothing: go on.
  std::optional<Ending> admit(QueryContext& context, Tick now) noexcept;
  std::optional<Ending> by_rule(QueryContext& context, Tick now) noexcept;
  std::optional<Ending> not_to_be_asked(const QueryContext& context) noexcept;
  std::optional<Ending> from_cache(QueryContext& context, Tick now) noexcept;
  std::optional<Ending> stale_at_once(QueryContext& context, Tick now) noexcept;
  std::optional<Ending> forward(const QueryContext& context, Tick now) noexcept;
  void leave_routes(Tick now) noexcept;
  void work_on(QueryContext& context, Tick now) noexcept;
  void prefetch(const dns::Ask& ask, Tick now) noexcept;

  // A reply comes back, for each that waits.
  void on_outcome(const dns::Ask& ask, const upstream::Outcome& outcome, std::span<const upstream::Waiter> waiters,
                  Tick now) noexcept override;
  void on_slow(const dns::Ask& ask, std::span<const upstream::Waiter> waiters, Tick now) noexcept override;
  // The waiter's query as it was; nothing if it has been answered.
  struct Restored {
    WaitingQuery waiting;  // the context looks at its question
    QueryContext context;
    WaitingQueries::Slot slot;
  };
  bool restore(const upstream::Waiter& waiter, const dns::Ask& ask, Restored& out) const noexcept;
  void stop_waiting(const Restored& query) noexcept;
  void answer_waiter(const upstream::Waiter& waiter, const dns::Ask& ask, const upstream::Outcome& outcome,
                     Tick now) noexcept;
  void keep(const dns::Ask& ask, const upstream::Outcome& outcome, Tick now) noexcept;

  // One reply, judged for one client and made its answer.
  struct ReplyFor {
    std::span<std::uint8_t> wire;
    bool authentic = false;
    bool judge = true;
    dns::Ede ede = dns::Ede::None;
    stats::Counter outcome = stats::Counter::forwarded;
  };
  Ending from_reply(QueryContext& context, const ReplyFor& reply, Tick now) noexcept;
  std::optional<Ending> stale(QueryContext& context, Tick now) noexcept;
  Ending behind_aliases(QueryContext& context, const Answers::Relay& relay, Tick now) noexcept;
  // The reply with its sets turned, where its route wants that.
  std::span<const std::uint8_t> turned(std::span<const std::uint8_t> wire, const dns::Ask& ask) noexcept;
  bool needs_judging(const cache::CachedAnswer& hit, const dns::Ask& ask) noexcept;

  // The one way out.
  void finish(const QueryContext& context, const Ending& ending, Tick now) noexcept;
  void count_rules(const QueryContext& context) noexcept;
  void count_way_round(const QueryContext& context, const Ending& ending) noexcept;

  const policy::Policy& policy() const noexcept { return *book_.policy; }
  policy::Policy::Asking asking(const QueryContext& context) const noexcept {
    return {context.client_class, context.query.type, context.exempt};
  }

  ClientPort& clients_;
  stats::Counters& counters_;
  WorkerPolicy book_;
  Answers answers_;
  LocalAnswers local_;
  ClientLimits client_limits_;
  Overload overload_;
  WaitingQueries waiting_;
  cache::WorkerCache cache_;
  upstream::Forwarder forwarder_;
  stats::Histogram latency_;
  QueryLogging logging_;
  upstream::LoopMark loop_mark_;
  bool not_ready_ = false;
  std::uint32_t turn_ = 0;
  std::array<std::uint8_t, dns::MaxMessageSize> reply_, turned_;
};

}  // namespace aven::pipeline
