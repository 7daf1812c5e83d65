// Forwarder: gets an answer for an Ask from the servers of its route: the same ask goes out once, whoever
// waits for it; retries, other servers, TCP after truncation, plain DNS after FORMERR; knows which servers
// are well, and which send our questions back to us.
// Thread: the worker's; no I/O, no clock, no randomness of its own.
// Ownership: keeps asks in flight and their waiters; an Outcome's bytes live during the call.
// Fails: an ask always ends, by an Outcome to all its waiters within 5 s; a full table refuses new asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/random.h"
#include "base/tick.h"
#include "dns/ask.h"
#include "dns/reply.h"
#include "stats/counters.h"
#include "upstream/loop_probe.h"
#include "upstream/upstream_port.h"
#include "upstream/upstream_set.h"

namespace aven::upstream {

// Who wants an answer. `slot` and `slot_generation` mean something only to the receiver.
struct Waiter {
  enum class Kind : std::uint8_t { Client, Prefetch } kind = Kind::Client;
  std::uint32_t slot = 0;
  std::uint32_t slot_generation = 0;
};

struct Outcome {
  enum class Kind : std::uint8_t {
    Reply,         // a usable reply, clean
    ServerFailed,  // servers answered, but SERVFAIL, REFUSED, broken or nothing usable
    NoReply,       // every try timed out (EDE 22)
    NetworkError,  // nothing could be sent (EDE 23)
    Loop,          // the question came back to us
  } kind = Kind::Reply;
  dns::CleanReply reply;  // only with Reply
};

class OutcomeReceiver {
 public:
  virtual ~OutcomeReceiver() = default;
  // Called once per ask. The receiver may call Forwarder::ask from inside.
  virtual void on_outcome(const dns::Ask& ask, const Outcome& outcome, std::span<const Waiter> waiters,
                          Tick now) noexcept = 0;
  // Called once for an ask that takes long (RFC 8767 section 5: the client response timer). on_outcome still follows,
  // with the same waiters. The receiver must not call the forwarder from inside.
  virtual void on_slow(const dns::Ask& ask, std::span<const Waiter> waiters, Tick now) noexcept = 0;
};

struct ForwarderLimits {
  std::size_t in_flight = 10000;  // asks, of this worker
  std::size_t waiters_per_ask = 1000;
  LoopMark loop_mark = 0;
};

enum class AskResult : std::uint8_t { Started, Joined, Full };

// What status shows of one server.
struct ServerHealth {
  bool up = true;
  Duration smoothed_rtt{};
  std::uint64_t asked = 0, replies = 0, timeouts = 0, errors = 0, mismatched = 0;
  std::optional<IpAddress> loop_from;  // who sent a question of ours back that this server was asked
  Tick loop_seen{};
};

class Forwarder {
 public:
  Forwarder(UpstreamPort& port, OutcomeReceiver& receiver, RandomSource& random, stats::Counters& counters,
            const ForwarderLimits& limits);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Takes over new servers and routes. Health of servers that stay is kept; asks in flight go on with the
  // servers they have if these stay, else are asked anew. `set` must live until the next call.
  void use(const UpstreamSet& set, Tick now);

  AskResult ask(const dns::Ask& ask, const Waiter& waiter, Tick now) noexcept;
  // Is every server of this route down? Then an ask will most probably fail.
  bool is_hopeless(dns::RouteId route) const noexcept;

  // A message that came in on `socket` from `server`. What matches no ask in flight is counted and forgotten.
  void on_reply(ServerIndex server, SocketId socket, Transport transport, std::span<const std::uint8_t> message,
                Tick now) noexcept;
  // The socket or connection is gone: ICMP error, reset, TLS failure. Its asks are tried elsewhere.
  void on_send_error(ServerIndex server, SocketId socket, Tick now) noexcept;
  // The question with this ID gets no reply on its socket (HTTPS: its request failed); the others may.
  void on_ask_error(ServerIndex server, SocketId socket, std::uint16_t id, Tick now) noexcept;

  // When on_time wants to be called next; Never if nothing waits.
  Tick next_deadline() const noexcept;
  void on_time(Tick now) noexcept;
  // Ends every ask with NoReply (the worker stops).
  void give_up_all(Tick now) noexcept;

  std::size_t in_flight() const noexcept;
  ServerHealth health(ServerIndex server) const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::upstream
