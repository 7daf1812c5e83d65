#include "upstream/forwarder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "upstream/in_flight.h"
#include "upstream/question.h"
#include "upstream/server_choice.h"

namespace aven::upstream {
namespace {

using dns::Rcode;
using stats::Counter;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr Duration AskTime = milliseconds{4500};       // a client gets its SERVFAIL within 5 s
constexpr Duration HopelessTime = milliseconds{1000};  // all servers were down: stale answers must not wait
constexpr Duration ErrorPause = milliseconds{200};     // before the third try at a server that cannot be reached
constexpr std::uint8_t MismatchesUntilStream = 10;
constexpr int IdDraws = 64;

std::uint64_t draw_u64(RandomSource& random) noexcept {
  std::uint64_t out = 0;
  for (int i = 0; i < 4; ++i) out = out << 16 | random.u16();
  return out;
}

}  // namespace

struct Forwarder::Impl {
  Impl(UpstreamPort& the_port, OutcomeReceiver& the_receiver, RandomSource& the_random, stats::Counters& the_counters,
       const ForwarderLimits& limits)
      : port(the_port),
        receiver(the_receiver),
        random(the_random),
        counters(the_counters),
        in_flight(limits, draw_u64(the_random)),
        choice(the_random) {}

  void use(const UpstreamSet& set, Tick now);
  AskResult ask(const dns::Ask& question, const Waiter& waiter, Tick now) noexcept;
  void on_reply(ServerIndex server, SocketId socket, Transport transport, std::span<const std::uint8_t> message,
                Tick now) noexcept;
  void on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept;
  void on_time(Tick now) noexcept;
  void give_up_all(Tick now) noexcept;

  // Null: no such route, or no server on it.
  const Pool* pool_of(const dns::Ask& question) const noexcept;

  // The steps of an ask.
  void start(AskInFlight& ask, Tick now) noexcept;
  void ask_beside(AskInFlight& ask, const Pool& pool, Tick now) noexcept;
  bool proceed(AskInFlight& ask, Tick now) noexcept;
  bool try_next(AskInFlight& ask, Tick now) noexcept;
  void proceed_or_finish(AskInFlight& ask, Tick now) noexcept;
  void on_due(AskInFlight& ask, Tick now) noexcept;
  void expire_tries(AskInFlight& ask, Tick now) noexcept;
  void hedge(AskInFlight& ask, Tick now) noexcept;
  void schedule(const AskInFlight& ask) noexcept;
  void finish(AskInFlight& ask, const Outcome& outcome, Tick now) noexcept;
  void release_if_done(AskInFlight& ask, Tick now) noexcept;

  // One message out.
  struct Manner {
    bool with_edns = true;
    bool aside = false;
  };
  bool send(AskInFlight& ask, ServerIndex server, Transport transport, Manner manner, Tick now) noexcept;
  bool send(AskInFlight& ask, ServerIndex server, Tick now, bool aside = false) noexcept;
  bool wants_edns(const AskInFlight& ask, ServerIndex server, Tick now) noexcept;
  bool draw_id(ServerIndex server, std::uint16_t& out) noexcept;

  // One message in.
  void on_match(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept;
  void use_reply(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept;
  void on_truncated(AskInFlight& ask, ServerIndex server, bool with_edns, Tick now) noexcept;
  bool make_clean(const AskInFlight& ask, ServerIndex server, std::span<const std::uint8_t> message,
                  dns::CleanReply& reply) noexcept;
  void on_stray(ServerIndex server, SocketId socket, Transport transport, std::span<const std::uint8_t> message,
                AskInFlight* meant, Tick now) noexcept;
  AskInFlight* count_false_reply(ServerIndex server, SocketId socket, std::span<const std::uint8_t> message) noexcept;
  void leave_udp(AskInFlight& ask, ServerIndex server, Tick now) noexcept;

  UpstreamPort& port;
  OutcomeReceiver& receiver;
  RandomSource& random;
  stats::Counters& counters;
  const UpstreamSet* set = nullptr;
  InFlight in_flight;
  ServerChoice choice;
  bool giving_up = false;
  std::array<std::uint8_t, dns::MaxMessageSize> clean;
};

namespace {

std::size_t errors_at(const AskInFlight& ask, ServerIndex server) noexcept {
  return static_cast<std::size_t>(std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.state == Try::State::Error;
  }));
}

bool has_try(const AskInFlight& ask, ServerIndex server, Try::State state) noexcept {
  return std::any_of(ask.tries().begin(), ask.tries().end(),
                     [&](const Try& one) { return one.server == server && one.state == state; });
}

Outcome::Kind failure_of(const AskInFlight& ask) noexcept {
  if (ask.answered_badly) return Outcome::Kind::ServerFailed;
  const bool all_broke = std::all_of(ask.tries().begin(), ask.tries().end(),
                                     [](const Try& one) { return one.state == Try::State::Error; });
  return all_broke ? Outcome::Kind::NetworkError : Outcome::Kind::NoReply;
}

bool is_bad(Rcode rcode) noexcept {
  return rcode != Rcode::NoError && rcode != Rcode::NxDomain;
}

}  // namespace

const Pool* Forwarder::Impl::pool_of(const dns::Ask& question) const noexcept {
  if (set == nullptr || question.route >= set->pools.size()) return nullptr;
  const Pool& pool = set->pools[question.route];
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
  if (ask.hedge_at <= now) hedge(ask, now);
  proceed_or_finish(ask, now);
}

void Forwarder::Impl::expire_tries(AskInFlight& ask, Tick now) noexcept {
  for (Try& one : ask.tries()) {
    if (one.state != Try::State::Waiting || one.due > now) continue;
    one.state = Try::State::Late;
    counters.add(Counter::upstream_timeouts);
    choice.health(one.server).on_timeout(one.sent, choice.is_native(one.server, one.transport), ask.serial, now);
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
  Tick due = ask.ended ? ask.ends : std::min({ask.ends, ask.hedge_at, ask.retry_at});
  for (const Try& one : ask.tries()) {
    if (one.state == Try::State::Waiting) due = std::min(due, one.due);
  }
  in_flight.set_deadline(ask, due);
}

// The ask leaves the table before its waiters hear of it: they may ask again from inside.
void Forwarder::Impl::finish(AskInFlight& ask, const Outcome& outcome, Tick now) noexcept {
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

// One message out.

bool Forwarder::Impl::draw_id(ServerIndex server, std::uint16_t& out) noexcept {
  for (int i = 0; i < IdDraws; ++i) {
    out = random.u16();
    if (!in_flight.has_id(server, out)) return true;
  }
  return false;
}

// No EDNS to a server that cannot read it; nor at the third try if two were not answered, except where the
// answer would be worthless without its signatures.
bool Forwarder::Impl::wants_edns(const AskInFlight& ask, ServerIndex server, Tick now) noexcept {
  if (choice.health(server).lacks_edns(now) || has_try(ask, server, Try::State::NoEdns)) return false;
  const auto unanswered = std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.state == Try::State::Late && one.with_edns;
  });
  return unanswered < 2 || ask.ask.dnssec_ok;
}

bool Forwarder::Impl::send(AskInFlight& ask, ServerIndex server, Tick now, bool aside) noexcept {
  return send(ask, server, choice.transport(server, ask), {wants_edns(ask, server, now), aside}, now);
}

bool Forwarder::Impl::send(AskInFlight& ask, ServerIndex server, Transport transport, Manner manner,
                           Tick now) noexcept {
  Health& health = choice.health(server);
  Try next;
  if (ask.try_count == AskInFlight::MaxTries || !draw_id(server, next.id)) return false;
  next.server = server;
  next.transport = transport;
  next.with_edns = manner.with_edns;
  next.aside = manner.aside;
  next.sent = now;
  next.due = now + choice.patience(server, transport, ask);
  if (set->servers[server].case_randomisation && !health.spoils_case(now)) next.case_bits = draw_u64(random);

  QuestionBuffer buffer;
  const auto message = write_question(buffer, ask.ask, next.id, next.with_edns, next.case_bits);
  next.socket = port.send(server, transport, message, now);
  const bool sent = next.socket != NoSocket;
  if (!sent) next.state = Try::State::Error;
  in_flight.add_try(ask, next);
  if (sent) {
    health.on_sent(now);
    counters.add(Counter::upstream_asked);
    if (transport == Transport::Stream) counters.add(Counter::upstream_tcp);
  } else {
    health.on_error(choice.is_native(server, transport), now);
    counters.add(Counter::upstream_errors);
  }
  return sent;
}

void Forwarder::Impl::on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept {
  const auto broken = in_flight.close_socket(server, socket);
  if (broken.slots.empty()) return;
  counters.add(Counter::upstream_errors);
  choice.health(server).on_error(choice.is_native(server, broken.transport), now);
  for (const std::uint32_t slot : broken.slots) {
    AskInFlight& ask = in_flight.at(slot);
    if (!ask.in_use) continue;
    if (ask.ended) {
      release_if_done(ask, now);
    } else {
      proceed_or_finish(ask, now);
    }
  }
}

// One message in.

void Forwarder::Impl::on_reply(ServerIndex server, SocketId socket, Transport transport,
                               std::span<const std::uint8_t> message, Tick now) noexcept {
  const auto header = dns::Header::read(message);
  const auto [ask, sent] = header ? in_flight.find_try(server, header->id) : InFlight::Found{};
  if (ask == nullptr || sent->socket != socket || sent->transport != transport) {
    return on_stray(server, socket, transport, message, nullptr, now);
  }
  switch (match_reply(message, ask->ask, sent->case_bits)) {
    case Match::Yes:
      return on_match(*ask, *sent, message, now);
    case Match::OtherCase:
      choice.health(server).on_spoilt_case(now);
      break;
    case Match::No:
      break;
  }
  on_stray(server, socket, transport, message, ask, now);
}

void Forwarder::Impl::on_match(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept {
  choice.health(sent.server).on_reply(sent.sent, choice.is_native(sent.server, sent.transport), now);
  in_flight.close(ask, sent, Try::State::Used);
  if (ask.ended) return release_if_done(ask, now);
  ask.hedge_at = Never;
  use_reply(ask, sent, message, now);
}

void Forwarder::Impl::use_reply(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept {
  const auto header = *dns::Header::read(message);
  const bool cannot_read = header.rcode() == Rcode::FormErr || header.rcode() == Rcode::NotImp;
  if (header.truncated() && sent.transport == Transport::Udp) {
    sent.state = Try::State::Truncated;
    return on_truncated(ask, sent.server, sent.with_edns, now);
  }
  if (cannot_read && sent.with_edns) {  // RFC 6891 section 6.2.2
    sent.state = Try::State::NoEdns;
    if (!send(ask, sent.server, sent.transport, {.with_edns = false}, now)) return proceed_or_finish(ask, now);
    return schedule(ask);
  }
  const bool was_edns = has_try(ask, sent.server, Try::State::NoEdns) && !sent.with_edns;
  if (was_edns && !cannot_read) choice.health(sent.server).on_no_edns(now);
  Outcome outcome;
  if (!make_clean(ask, sent.server, message, outcome.reply)) {
    sent.state = Try::State::Bad;
    ask.answered_badly = ask.answered_badly || !sent.aside;
    return proceed_or_finish(ask, now);
  }
  counters.add(Counter::upstream_replies);
  finish(ask, outcome, now);
}

void Forwarder::Impl::on_truncated(AskInFlight& ask, ServerIndex server, bool with_edns, Tick now) noexcept {
  const bool is_asked = std::any_of(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.transport == Transport::Stream && one.is_open();
  });
  if (!is_asked && !send(ask, server, Transport::Stream, {.with_edns = with_edns}, now)) {
    return proceed_or_finish(ask, now);
  }
  schedule(ask);
}

// False: nothing that a client could use (SERVFAIL, REFUSED, malformed ...); another server may do better.
bool Forwarder::Impl::make_clean(const AskInFlight& ask, ServerIndex server, std::span<const std::uint8_t> message,
                                 dns::CleanReply& reply) noexcept {
  const Pool* pool = pool_of(ask.ask);
  if (pool == nullptr || is_bad(dns::Header::read(message)->rcode())) return false;
  dns::CleanLimits limits;
  limits.keep = pool->routed ? dns::Keep::All : dns::Keep::Minimal;
  limits.min_ttl = pool->min_ttl;
  limits.max_ttl = pool->max_ttl;
  limits.negative_max_ttl = pool->negative_max_ttl;
  limits.trust_ad = set->servers[server].trust_ad;
  if (dns::clean_reply(message, ask.ask, limits, clean, reply) == dns::CleanError::None) return !is_bad(reply.rcode);
  counters.add(Counter::upstream_malformed);
  return false;
}

// A message that answers nothing we asked, or not in the right way: as if it had never come, but counted.
// Whoever sends many for one question tries to guess its ID.
void Forwarder::Impl::on_stray(ServerIndex server, SocketId socket, Transport transport,
                               std::span<const std::uint8_t> message, AskInFlight* meant, Tick now) noexcept {
  counters.add(Counter::upstream_mismatched);
  if (set == nullptr || server >= set->servers.size()) return;
  choice.health(server).on_mismatch();
  if (transport != Transport::Udp) return;
  if (meant == nullptr) {
    meant = count_false_reply(server, socket, message);
  } else {
    ++meant->mismatches;
  }
  if (meant == nullptr || meant->ended || meant->force_stream || meant->mismatches < MismatchesUntilStream) return;
  leave_udp(*meant, server, now);
}

// The ask that a reply with a wrong ID was meant for: same question, out by this socket.
AskInFlight* Forwarder::Impl::count_false_reply(ServerIndex server, SocketId socket,
                                                std::span<const std::uint8_t> message) noexcept {
  ByteReader reader{message, dns::HeaderSize};
  dns::Name name;
  if (!name.read(reader)) return nullptr;
  const auto type = static_cast<dns::Type>(reader.u16());
  const auto class_ = static_cast<dns::Class>(reader.u16());
  if (reader.failed()) return nullptr;
  AskInFlight* meant = nullptr;
  in_flight.for_each_of(name, type, class_, [&](AskInFlight& ask) {
    const bool is_out = std::any_of(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
      return one.is_open() && one.server == server && one.socket == socket;
    });
    if (!is_out) return;
    ++ask.mismatches;
    meant = &ask;
  });
  return meant;
}

void Forwarder::Impl::leave_udp(AskInFlight& ask, ServerIndex server, Tick now) noexcept {
  ask.force_stream = true;
  ask.hedge_at = Never;
  for (Try& one : ask.tries()) {
    if (one.is_open() && one.transport == Transport::Udp) in_flight.close(ask, one, Try::State::Cancelled);
  }
  if (send(ask, server, now)) return schedule(ask);
  proceed_or_finish(ask, now);
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

void Forwarder::on_reply(ServerIndex server, SocketId socket, Transport transport,
                         std::span<const std::uint8_t> message, Tick now) noexcept {
  impl_->on_reply(server, socket, transport, message, now);
}

void Forwarder::on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept {
  impl_->on_send_error(server, socket, now);
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
