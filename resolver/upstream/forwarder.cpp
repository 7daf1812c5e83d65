#include <algorithm>
#include <utility>

#include "upstream/forwarder_impl.h"

namespace aven::upstream {
namespace {

using stats::Counter;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr Duration AskTime = milliseconds{4500};       // a client gets its SERVFAIL within 5 s
constexpr Duration SlowAfter = milliseconds{1800};     // RFC 8767 section 6
constexpr Duration HopelessTime = milliseconds{1000};  // all servers were down: stale answers must not wait
constexpr Duration ErrorPause = milliseconds{200};     // before the third try at a server that cannot be reached

std::size_t errors_at(const AskInFlight& ask, ServerIndex server) noexcept {
  return static_cast<std::size_t>(std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.state == Try::State::Error;
  }));
}

Outcome::Kind failure_of(const AskInFlight& ask) noexcept {
  if (ask.answered_badly) return Outcome::Kind::ServerFailed;
  const bool looped = std::any_of(ask.tries().begin(), ask.tries().end(),
                                  [](const Try& one) { return one.state == Try::State::Looped; });
  if (looped) return Outcome::Kind::Loop;
  const bool all_broke = std::all_of(ask.tries().begin(), ask.tries().end(),
                                     [](const Try& one) { return one.state == Try::State::Error; });
  return all_broke ? Outcome::Kind::NetworkError : Outcome::Kind::NoReply;
}

}  // namespace

std::uint64_t draw_u64(RandomSource& random) noexcept {
  std::uint64_t out = 0;
  for (int i = 0; i < 4; ++i) out = out << 16 | random.u16();
  return out;
}

bool has_try(const AskInFlight& ask, ServerIndex server, Try::State state) noexcept {
  return std::any_of(ask.tries().begin(), ask.tries().end(),
                     [&](const Try& one) { return one.server == server && one.state == state; });
}

const Pool* Forwarder::Impl::pool_of(dns::RouteId route) const noexcept {
  if (set == nullptr || route >= set->pools.size()) return nullptr;
  const Pool& pool = set->pools[route];
  return pool.servers.empty() ? nullptr : &pool;
}

// The steps of an ask.

AskResult Forwarder::Impl::ask(const dns::Ask& question, const Waiter& waiter, Tick now) noexcept {
  if (giving_up) return AskResult::Full;
  if (AskInFlight* known = in_flight.find(question); known != nullptr) {
    return in_flight.join(*known, waiter) ? AskResult::Joined : AskResult::Full;
  }
  AskInFlight* added = in_flight.add(question, waiter, now);
  if (added == nullptr) return AskResult::Full;
  start(*added, now);
  return AskResult::Started;
}

// An ask that fails here ends at the next tick: its waiter must not hear of it from inside ask().
void Forwarder::Impl::start(AskInFlight& ask, Tick now) noexcept {
  choice.count_ask();
  ask.slow_at = now + SlowAfter;
  const Pool* pool = pool_of(ask.ask);
  ask.hopeless = pool == nullptr || choice.is_hopeless(*pool);
  ask.ends = now + (ask.hopeless ? HopelessTime : AskTime);
  if (!proceed(ask, now)) {
    ask.ends = now + nanoseconds{1};
  } else if (ask.has_hope()) {
    ask_beside(ask, *pool, now);
  }
  schedule(ask);
}

void Forwarder::Impl::ask_beside(AskInFlight& ask, const Pool& pool, Tick now) noexcept {
  if (pool.strategy == Strategy::Race) {
    if (const auto second = choice.pick_second(pool, ask)) send(ask, *second, now);
  } else if (const auto late = choice.late_after(ask.tries().back().server); late && pool.servers.size() > 1) {
    ask.hedge_at = now + *late;
  }
  if (const auto other = choice.pick_aside(pool, ask, now)) send(ask, *other, now, true);
}

// Sees to it that something is awaited. False: the ask has failed.
bool Forwarder::Impl::proceed(AskInFlight& ask, Tick now) noexcept {
  if (ask.probes()) return ask.has_open();
  if (ask.has_hope()) {
    ask.retry_at = Never;
    return true;
  }
  const bool pauses = ask.retry_at != Never && now < ask.retry_at;
  if (pauses || try_next(ask, now)) return true;
  if (ask.answered_badly) return false;
  return std::any_of(ask.tries().begin(), ask.tries().end(),
                     [](const Try& one) { return one.is_open() && !one.aside; });
}

bool Forwarder::Impl::try_next(AskInFlight& ask, Tick now) noexcept {
  const Pool* pool = pool_of(ask.ask);
  const bool has_paused = std::exchange(ask.retry_at, Never) <= now;
  while (pool != nullptr && ask.try_count < AskInFlight::MaxTries) {
    const auto server = choice.pick(*pool, ask);
    if (!server) return false;
    if (!has_paused && errors_at(ask, *server) >= 2) {
      ask.retry_at = now + ErrorPause;
      return true;
    }
    if (send(ask, *server, now)) return true;
  }
  return false;
}

void Forwarder::Impl::proceed_or_finish(AskInFlight& ask, Tick now) noexcept {
  if (!proceed(ask, now)) return finish(ask, {failure_of(ask), {}}, now);
  schedule(ask);
}

void Forwarder::Impl::on_time(Tick now) noexcept {
  while (in_flight.next_deadline() <= now) on_due(in_flight.next_due(), now);
}

void Forwarder::Impl::on_due(AskInFlight& ask, Tick now) noexcept {
  expire_tries(ask, now);
  if (ask.ended) return release_if_done(ask, now);
  if (now >= ask.ends) return finish(ask, {failure_of(ask), {}}, now);
  if (ask.slow_at <= now) {
    ask.slow_at = Never;
    receiver.on_slow(ask.ask, in_flight.waiters_of(ask), now);
  }
  if (ask.hedge_at <= now) hedge(ask, now);
  proceed_or_finish(ask, now);
}

void Forwarder::Impl::expire_tries(AskInFlight& ask, Tick now) noexcept {
  for (Try& one : ask.tries()) {
    if (one.state != Try::State::Waiting || one.due > now) continue;
    one.state = Try::State::Late;
    counters.add(Counter::upstream_timeouts);
    if (ask.probes()) continue;  // one name that a server does not answer must not speak twice against it
    choice.health(one.server).on_timeout(one.sent, choice.is_native(one.server, one.transport), ask.serial, now);
    if (!ask.ended) probe_for_loop(ask, one.server, now);
  }
}

void Forwarder::Impl::hedge(AskInFlight& ask, Tick now) noexcept {
  ask.hedge_at = Never;
  const Pool* pool = pool_of(ask.ask);
  if (pool == nullptr || !ask.has_hope()) return;
  const auto second = choice.pick_second(*pool, ask);
  if (second && choice.take_extra()) send(ask, *second, now);
}

void Forwarder::Impl::schedule(const AskInFlight& ask) noexcept {
  Tick due = ask.ended ? ask.ends : std::min({ask.ends, ask.hedge_at, ask.retry_at, ask.slow_at});
  for (const Try& one : ask.tries()) {
    if (one.state == Try::State::Waiting) due = std::min(due, one.due);
  }
  in_flight.set_deadline(ask, due);
}

// The ask leaves the table before its waiters hear of it: they may ask again from inside.
void Forwarder::Impl::finish(AskInFlight& ask, const Outcome& outcome, Tick now) noexcept {
  if (ask.probes()) return finish_probe(ask, outcome, now);
  const dns::Ask question = ask.ask;
  const auto waiters = in_flight.take_waiters(ask);
  in_flight.end(ask);
  ask.ends = in_flight.may_linger() ? std::max(ask.started + AskTime, now) : now;
  release_if_done(ask, now);
  receiver.on_outcome(question, outcome, waiters, now);
}

void Forwarder::Impl::release_if_done(AskInFlight& ask, Tick now) noexcept {
  if (now >= ask.ends || !ask.has_open()) return in_flight.release(ask);
  schedule(ask);
}

void Forwarder::Impl::give_up_all(Tick now) noexcept {
  giving_up = true;
  in_flight.for_each([&](AskInFlight& ask) {
    if (!ask.ended) finish(ask, {Outcome::Kind::NoReply, {}}, now);
    if (ask.in_use) in_flight.release(ask);
  });
  giving_up = false;
}

// A reply must come from a server of the ask's route as it is now: what is kept of it is kept for that route.
void Forwarder::Impl::use(const UpstreamSet& new_set, Tick now) {
  const std::vector<ServerIndex> old_to_new = choice.use(new_set);
  set = &new_set;
  const auto stays = [&](const AskInFlight& ask, const Try& one) {
    const Pool* pool = pool_of(ask.ask);
    const ServerIndex server = old_to_new[one.server];
    return pool != nullptr && server != NoServer &&
           std::find(pool->servers.begin(), pool->servers.end(), server) != pool->servers.end();
  };
  in_flight.for_each([&](AskInFlight& ask) {
    for (Try& one : ask.tries()) {
      if (one.is_open() && !stays(ask, one)) in_flight.close(ask, one, Try::State::Cancelled);
    }
  });
  in_flight.rename_servers(old_to_new);
  in_flight.for_each([&](AskInFlight& ask) {
    if (ask.ended) return release_if_done(ask, now);
    const Pool* pool = pool_of(ask.ask);
    if (ask.hopeless && pool != nullptr && !choice.is_hopeless(*pool)) {
      ask.hopeless = false;
      ask.ends = ask.started + AskTime;
    }
    if (!proceed(ask, now)) ask.ends = now;
    schedule(ask);
  });
}
Forwarder::Forwarder(UpstreamPort& port, OutcomeReceiver& receiver, RandomSource& random, stats::Counters& counters,
                     const ForwarderLimits& limits)
    : impl_(std::make_unique<Impl>(port, receiver, random, counters, limits)) {}
Forwarder::~Forwarder() = default;

void Forwarder::use(const UpstreamSet& set, Tick now) {
  impl_->use(set, now);
}

AskResult Forwarder::ask(const dns::Ask& ask, const Waiter& waiter, Tick now) noexcept {
  return impl_->ask(ask, waiter, now);
}

bool Forwarder::is_hopeless(dns::RouteId route) const noexcept {
  const Pool* pool = impl_->pool_of(route);
  return pool == nullptr || impl_->choice.is_hopeless(*pool);
}

void Forwarder::on_reply(ServerIndex server, SocketId socket, Transport transport,
                         std::span<const std::uint8_t> message, Tick now) noexcept {
  impl_->on_reply(server, socket, transport, message, now);
}

void Forwarder::on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept {
  impl_->on_send_error(server, socket, now);
}

void Forwarder::on_ask_error(ServerIndex server, SocketId socket, std::uint16_t id, Tick now) noexcept {
  impl_->on_ask_error(server, socket, id, now);
}

Tick Forwarder::next_deadline() const noexcept {
  return impl_->in_flight.next_deadline();
}
void Forwarder::on_time(Tick now) noexcept {
  impl_->on_time(now);
}
void Forwarder::give_up_all(Tick now) noexcept {
  impl_->give_up_all(now);
}
std::size_t Forwarder::in_flight() const noexcept {
  return impl_->in_flight.size();
}
ServerHealth Forwarder::health(ServerIndex server) const noexcept {
  return impl_->choice.shown(server);
}

}  // namespace aven::upstream
