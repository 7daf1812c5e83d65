#include <algorithm>

#include "upstream/forwarder_impl.h"

namespace aven::upstream {
namespace {

using stats::Counter;

constexpr int IdDraws = 64;

}  // namespace

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
  const Server& asked = set->servers[server];
  const bool over_udp = transport == Transport::Udp;
  if (over_udp && asked.case_randomisation && !health.spoils_case(now)) next.case_bits = draw_u64(random);
  std::span<const std::uint8_t> cookie;
  if (over_udp && next.with_edns && asked.cookies) {
    next.with_cookie = true;
    next.mutual_cookie = choice.cookie(server).is_mutual();
    cookie = choice.cookie(server).to_send(random);
  }

  QuestionBuffer buffer;
  const auto message = write_question(buffer, ask.ask, next.id, next.with_edns, next.case_bits, cookie);
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

void Forwarder::Impl::on_ask_error(ServerIndex server, SocketId socket, std::uint16_t id, Tick now) noexcept {
  const auto [ask, sent] = in_flight.find_try(server, id);
  if (ask == nullptr || sent->socket != socket) return;
  counters.add(Counter::upstream_errors);
  choice.health(server).on_error(choice.is_native(server, sent->transport), now);
  in_flight.close(*ask, *sent, Try::State::Error);
  if (ask->ended) return release_if_done(*ask, now);
  proceed_or_finish(*ask, now);
}

}  // namespace aven::upstream
