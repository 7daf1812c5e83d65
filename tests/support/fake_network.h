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
    enum class Kind : std::uint8_t { Answer, Drop, Unreachable, NoSocket } kind = Kind::Answer;
    FakeAuthority::Twist twist = FakeAuthority::Twist::None;
    Duration delay = std::chrono::milliseconds{10};
    bool twice = false;
  };
  // "answer", "drop", "servfail", "truncated", "delay 300 answer" ... as scenes write it.
  static Behaviour parse_behaviour(const std::string& text);

  struct Server {
    FakeAuthority authority;
    std::deque<Behaviour> behaviour;
    std::size_t questions = 0, stream_questions = 0;
  };

  void attach(upstream::Forwarder& forwarder) { forwarder_ = &forwarder; }
  Server& server(upstream::ServerIndex index) { return servers_[index]; }
  std::size_t questions() const;

  upstream::SocketId send(upstream::ServerIndex server, upstream::Transport transport,
                          std::span<const std::uint8_t> message, Tick now) noexcept override;

  Tick next_event() const { return events_.empty() ? Never : events_.begin()->first; }
  void deliver_due(Tick now);

 private:
  std::map<upstream::ServerIndex, Server> servers_;
  std::multimap<Tick, std::function<void(Tick)>> events_;
  upstream::Forwarder* forwarder_ = nullptr;
  upstream::SocketId next_socket_ = 0;
};

}  // namespace aven::test
