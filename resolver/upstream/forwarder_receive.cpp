#include <algorithm>

#include "upstream/forwarder_impl.h"

namespace aven::upstream {
namespace {

using dns::Rcode;
using stats::Counter;

constexpr std::uint8_t MismatchesUntilStream = 10;

bool is_bad(Rcode rcode) noexcept {
  return rcode != Rcode::NoError && rcode != Rcode::NxDomain;
}

bool is_bad_cookie(std::span<const std::uint8_t> message) noexcept {
  constexpr auto Code = static_cast<std::uint16_t>(Rcode::BadCookie);
  const auto lower = static_cast<std::uint16_t>(dns::Header::read(message)->rcode());
  return lower == (Code & 0xf) && read_options(message).upper_rcode == Code >> 4;
}

}  // namespace

void Forwarder::Impl::on_reply(ServerIndex server, SocketId socket, Transport transport,
                               std::span<const std::uint8_t> message, Tick now) noexcept {
  const auto header = dns::Header::read(message);
  const auto [ask, sent] = header ? in_flight.find_try(server, header->id) : InFlight::Found{};
  if (ask == nullptr || sent->socket != socket || sent->transport != transport) {
    return on_stray(server, socket, transport, message, nullptr, now);
  }
  switch (match_reply(message, ask->ask, sent->case_bits)) {
    case Match::Yes: {
      const auto cookie = cookie_of(*sent, message);
      if (cookie == ServerCookie::Verdict::Fine) return on_match(*ask, *sent, message, now);
      if (cookie == ServerCookie::Verdict::Missing) return on_doubtful(*ask, server, now);
      break;
    }
    case Match::OtherCase:
      choice.health(server).on_spoilt_case(now);
      return on_doubtful(*ask, server, now);
    case Match::No:
      break;
  }
  on_stray(server, socket, transport, message, ask, now);
}

ServerCookie::Verdict Forwarder::Impl::cookie_of(const Try& sent, std::span<const std::uint8_t> message) noexcept {
  if (!sent.with_cookie) return ServerCookie::Verdict::Fine;
  return choice.cookie(sent.server).check(read_options(message), sent.mutual_cookie);
}

// All fits but the case of the letters or the cookie: the server is not what it was thought to be, or somebody has
// guessed the rest. TCP tells.
void Forwarder::Impl::on_doubtful(AskInFlight& ask, ServerIndex server, Tick now) noexcept {
  counters.add(Counter::upstream_mismatched);
  choice.health(server).on_mismatch();
  if (!ask.ended) leave_udp(ask, server, now);
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
  if (sent.with_cookie && is_bad_cookie(message)) {
    // RFC 7873 section 5.3: once more with the cookie that came; a server that likes none of its own is asked by TCP.
    const bool again = !has_try(ask, sent.server, Try::State::BadCookie);
    sent.state = Try::State::BadCookie;
    if (!send(ask, sent.server, again ? Transport::Udp : Transport::Stream, {}, now))
      return proceed_or_finish(ask, now);
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
  dns::CleanLimits limits = pool->limits();
  limits.trust_ad = set->servers[server].trust_ad;
  if (dns::clean_reply(message, ask.ask, limits, clean, reply) == dns::CleanError::None) {
    if (reply.private_refused) counters.add(Counter::private_refused);
    return !is_bad(reply.rcode);
  }
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
}  // namespace aven::upstream
