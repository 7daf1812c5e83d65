// What the forwarder is made of: the steps of an ask (forwarder.cpp), one message out (forwarder_send.cpp), one message in
// (forwarder_receive.cpp), loops (forwarder_loop.cpp). Private to these files.
// Thread: the worker's.
#pragma once

#include <array>
#include <span>

#include "upstream/forwarder.h"
#include "upstream/in_flight.h"
#include "upstream/loop_probe.h"
#include "upstream/question.h"
#include "upstream/server_choice.h"

namespace aven::upstream {

std::uint64_t draw_u64(RandomSource& random) noexcept;
bool has_try(const AskInFlight& ask, ServerIndex server, Try::State state) noexcept;

struct Forwarder::Impl {
  Impl(UpstreamPort& the_port, OutcomeReceiver& the_receiver, RandomSource& the_random, stats::Counters& the_counters,
       const ForwarderLimits& limits)
      : port(the_port),
        receiver(the_receiver),
        random(the_random),
        counters(the_counters),
        in_flight(limits, draw_u64(the_random)),
        choice(the_random),
        loop_mark(limits.loop_mark) {}

  void use(const UpstreamSet& set, Tick now);
  AskResult ask(const dns::Ask& question, const Waiter& waiter, Tick now) noexcept;
  void on_reply(ServerIndex server, SocketId socket, Transport transport, std::span<const std::uint8_t> message,
                Tick now) noexcept;
  void on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept;
  void on_ask_error(ServerIndex server, SocketId socket, std::uint16_t id, Tick now) noexcept;
  void on_time(Tick now) noexcept;
  void give_up_all(Tick now) noexcept;

  // Null: no such route, or no server on it.
  const Pool* pool_of(dns::RouteId route) const noexcept;
  const Pool* pool_of(const dns::Ask& question) const noexcept { return pool_of(question.route); }

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
  ServerCookie::Verdict cookie_of(const Try& sent, std::span<const std::uint8_t> message) noexcept;
  void on_doubtful(AskInFlight& ask, ServerIndex server, Tick now) noexcept;
  void on_match(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept;
  void use_reply(AskInFlight& ask, Try& sent, std::span<const std::uint8_t> message, Tick now) noexcept;
  void on_truncated(AskInFlight& ask, ServerIndex server, bool with_edns, Tick now) noexcept;
  bool make_clean(const AskInFlight& ask, ServerIndex server, std::span<const std::uint8_t> message,
                  dns::CleanReply& reply) noexcept;
  void on_stray(ServerIndex server, SocketId socket, Transport transport, std::span<const std::uint8_t> message,
                AskInFlight* meant, Tick now) noexcept;
  AskInFlight* count_false_reply(ServerIndex server, SocketId socket, std::span<const std::uint8_t> message) noexcept;
  void leave_udp(AskInFlight& ask, ServerIndex server, Tick now) noexcept;

  // A question of ours that comes back.
  void probe_for_loop(const AskInFlight& suspect, ServerIndex server, Tick now) noexcept;
  void finish_probe(AskInFlight& probe, const Outcome& outcome, Tick now) noexcept;
  void leave_loop(AskInFlight& ask, ServerIndex server, Tick now) noexcept;

  UpstreamPort& port;
  OutcomeReceiver& receiver;
  RandomSource& random;
  stats::Counters& counters;
  const UpstreamSet* set = nullptr;
  InFlight in_flight;
  ServerChoice choice;
  LoopMark loop_mark;
  bool giving_up = false;
  std::array<std::uint8_t, dns::MaxMessageSize> clean;
};

}  // namespace aven::upstream
