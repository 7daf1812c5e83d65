// FakeNetwork: upstream servers in virtual time. It is the UpstreamPort of the pipeline under test and hands the replies
// back when their time has come.
// Thread: one.   Lifetime: attach() before the first send; the forwarder outlives the deliveries.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/fake_authority.h"
#include "upstream/forwarder.h"
#include "upstream/upstream_port.h"

namespace aven::test {

class FakeNetwork final : public upstream::UpstreamPort {
 public:
  // What a server does with the next question; the last one stays.
  struct Behaviour {
    enum class Kind : std::uint8_t {
      Answer,
      Drop,
      Unreachable,  // the socket breaks: ICMP; on a stream RST, and all that is out by the connection goes with it
      Untrusted,    // the TLS handshake fails, and for a second no other is tried
      NoSocket,
      Forward,
    } kind = Kind::Answer;
    FakeAuthority::Twist twist = FakeAuthority::Twist::None;
    Duration delay = std::chrono::milliseconds{10};
    bool twice = false;
    int spoofed = 0;  // so many false replies come first
  };
  // A server that forwards: it puts the question to somebody as its own, and hands the answer on.
  using Answered = std::function<void(const Bytes& answer, Tick at)>;
  std::function<void(upstream::ServerIndex from, const Bytes& question, Answered answered, Tick at)> forward;

  // "answer", "drop", "servfail", "truncated", "delay 300 answer", "spoofed 12 answer" ... as scenes write it.
  static Behaviour parse_behaviour(const std::string& text);

  struct Server {
    FakeAuthority authority;
    std::deque<Behaviour> behaviour;
    std::deque<Behaviour> stream_behaviour;  // empty: as over UDP
    std::vector<std::string> silent_for;     // names below these get no answer
    upstream::SocketId connection = upstream::NoSocket;
    Tick no_try_before = Tick::min();
    std::size_t questions = 0, stream_questions = 0;
  };

  void attach(upstream::Forwarder& forwarder) { forwarder_ = &forwarder; }
  Server& server(upstream::ServerIndex index) { return servers_[index]; }
  std::size_t questions() const;
  bool asked_by_udp(upstream::ServerIndex server) const;

  upstream::SocketId send(upstream::ServerIndex server, upstream::Transport transport,
                          std::span<const std::uint8_t> message, Tick now) noexcept override;

  Tick next_event() const { return events_.empty() ? Never : events_.begin()->first; }
  void deliver_due(Tick now);

 private:
  std::map<upstream::ServerIndex, Server> servers_;
  std::multimap<Tick, std::function<void(Tick)>> events_;
  Behaviour next_behaviour(Server& server, upstream::Transport transport, std::span<const std::uint8_t> message);
  void answer(upstream::ServerIndex index, upstream::SocketId socket, upstream::Transport transport,
              std::span<const std::uint8_t> message, const Behaviour& behaviour, Tick now);
  void break_off(upstream::ServerIndex index, upstream::SocketId socket, const Behaviour& behaviour, Tick then);
  void pass_on(upstream::ServerIndex from, upstream::SocketId socket, upstream::Transport transport, Bytes question,
               const Behaviour& behaviour, Tick then);

  upstream::Forwarder* forwarder_ = nullptr;
  upstream::SocketId next_socket_ = 0;
  std::uint16_t next_id_ = 1;
};

}  // namespace aven::test
