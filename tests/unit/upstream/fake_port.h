// A port that notes what is sent, a random source that a test can script, and replies to what was sent.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "dns/query.h"
#include "upstream/forwarder.h"

namespace aven::upstream::test {

using Bytes = std::vector<std::uint8_t>;

// xorshift64*, but 16-bit draws come from `script` while it lasts.
class ScriptedRandom final : public RandomSource {
 public:
  explicit ScriptedRandom(std::uint64_t seed = 1) : state_(seed * 2654435761U + 1) {}
  std::deque<std::uint16_t> script;

  void fill(std::span<std::uint8_t> out) noexcept override {
    if (out.size() == 2 && !script.empty()) {
      out[0] = static_cast<std::uint8_t>(script.front() >> 8);
      out[1] = static_cast<std::uint8_t>(script.front());
      script.pop_front();
      return;
    }
    for (auto& octet : out) octet = static_cast<std::uint8_t>(next() >> 32);
  }
  std::uint64_t next() noexcept {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 2685821657736338717U;
  }

 private:
  std::uint64_t state_;
};

struct Sent {
  ServerIndex server = 0;
  Transport transport = Transport::Udp;
  SocketId socket = 0;
  Tick at{};
  Bytes message;

  std::uint16_t id() const { return static_cast<std::uint16_t>(message[0] << 8 | message[1]); }
  bool with_edns() const { return message[11] == 1; }
  std::size_t question_size() const {
    std::size_t at_octet = dns::HeaderSize;
    while (message[at_octet] != 0) at_octet += message[at_octet] + 1U;
    return at_octet + 5 - dns::HeaderSize;
  }
};

class FakePort final : public UpstreamPort {
 public:
  std::vector<Sent> sent;
  std::vector<ServerIndex> broken;  // nothing can be sent to these
  bool one_socket = false;          // everything leaves by socket 7

  SocketId send(ServerIndex server, Transport transport, std::span<const std::uint8_t> message,
                Tick now) noexcept override {
    if (std::find(broken.begin(), broken.end(), server) != broken.end()) return NoSocket;
    const SocketId socket = one_socket ? 7 : next_socket_++;
    sent.push_back({server, transport, socket, now, {message.begin(), message.end()}});
    return socket;
  }

 private:
  SocketId next_socket_ = 100;
};

struct ReplyOptions {
  dns::Rcode rcode = dns::Rcode::NoError;
  bool truncated = false;
  bool with_answer = true;
};

// A reply as a server would make it: one address record at the question name.
inline Bytes reply_to(const Sent& sent, const ReplyOptions& options = {}) {
  const std::size_t question_size = sent.question_size();
  Bytes out(sent.message.begin(), sent.message.begin() + static_cast<std::ptrdiff_t>(12 + question_size));
  const bool answers = options.with_answer && options.rcode == dns::Rcode::NoError && !options.truncated;
  out[2] = static_cast<std::uint8_t>(0x81 | (options.truncated ? 2 : 0));
  out[3] = static_cast<std::uint8_t>(0x80 | static_cast<unsigned>(options.rcode));
  std::fill(out.begin() + 6, out.begin() + 12, std::uint8_t{0});
  if (!answers) return out;
  out[7] = 1;
  const Bytes record{0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
  out.insert(out.end(), record.begin(), record.end());
  return out;
}

struct Ended {
  dns::Ask ask;
  Outcome::Kind kind = Outcome::Kind::Reply;
  std::vector<Waiter> waiters;
  Bytes wire;
  std::uint32_t ttl = 0;
  bool authentic = false;
  Tick at{};
};

class Receiver final : public OutcomeReceiver {
 public:
  std::vector<Ended> ended;
  std::vector<Ended> slow;
  void on_slow(const dns::Ask& ask, std::span<const Waiter> waiters, Tick now) noexcept override {
    slow.push_back({ask, Outcome::Kind::NoReply, {waiters.begin(), waiters.end()}, {}, 0, false, now});
  }
  std::function<void(const dns::Ask&, Tick)> then;  // called from inside on_outcome

  void on_outcome(const dns::Ask& ask, const Outcome& outcome, std::span<const Waiter> waiters,
                  Tick now) noexcept override {
    const auto wire = outcome.reply.wire;
    ended.push_back({ask,
                     outcome.kind,
                     {waiters.begin(), waiters.end()},
                     {wire.begin(), wire.end()},
                     outcome.reply.ttl,
                     outcome.reply.authentic,
                     now});
    if (then) then(ask, now);
  }
};

inline Server server_at(const std::string& address) {
  Server out;
  out.endpoint = *Endpoint::parse(address, 53);
  return out;
}

inline UpstreamSet set_of(std::size_t servers, Strategy strategy = Strategy::Ordered) {
  UpstreamSet out;
  Pool pool;
  pool.name = "default";
  pool.strategy = strategy;
  for (std::size_t i = 0; i < servers; ++i) {
    out.servers.push_back(server_at("192.0.2." + std::to_string(i + 1)));
    pool.servers.push_back(static_cast<ServerIndex>(i));
  }
  out.pools.push_back(pool);
  return out;
}

inline dns::Ask ask_for(std::string_view name) {
  return {*dns::Name::from_text(name)};
}

// A forwarder with everything it needs, in virtual time.
struct Bench {
  explicit Bench(std::size_t servers, Strategy strategy = Strategy::Ordered, ForwarderLimits limits = {},
                 std::uint64_t seed = 1)
      : random(seed), set(set_of(servers, strategy)), forwarder(port, receiver, random, counters, limits) {
    forwarder.use(set, now);
  }

  AskResult ask(std::string_view name, std::uint32_t slot = 0) {
    return forwarder.ask(ask_for(name), {Waiter::Kind::Client, slot, 0}, now);
  }
  // Lets time pass, serving every deadline on the way.
  void pass(Duration time) { pass_until(now + time); }
  void pass_until(Tick then) {
    while (forwarder.next_deadline() <= then) {
      now = std::max(now, forwarder.next_deadline());
      forwarder.on_time(now);
    }
    now = then;
  }
  void deliver(const Sent& to, const Bytes& message) {
    forwarder.on_reply(to.server, to.socket, to.transport, message, now);
  }
  void reply(std::size_t index, const ReplyOptions& options = {}) {
    const Sent to = port.sent.at(index);
    deliver(to, reply_to(to, options));
  }
  void reply_last(const ReplyOptions& options = {}) { reply(port.sent.size() - 1, options); }
  std::uint64_t count(stats::Counter counter) const { return counters.get(counter); }
  // Asks that the server answers in `rtt`, so that it is known.
  void warm_up(std::size_t asks, Duration rtt) {
    for (std::size_t i = 0; i < asks; ++i) {
      const std::size_t first = port.sent.size();
      ask("warm" + std::to_string(i) + ".example");
      pass(rtt);
      for (std::size_t sent = first; sent < port.sent.size(); ++sent) reply(sent);
    }
    port.sent.clear();
    receiver.ended.clear();
  }

  Tick now{std::chrono::seconds{1000}};
  FakePort port;
  Receiver receiver;
  ScriptedRandom random;
  stats::Counters counters;
  UpstreamSet set;
  Forwarder forwarder;
};

}  // namespace aven::upstream::test
