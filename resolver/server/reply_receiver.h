// ReplyReceiver: where the upstream sockets hand what came back: the worker's forwarder or a test.
// Thread: the worker's.   Lifetime: the message lives during the call. It may send from inside.
#pragma once

#include <cstdint>
#include <span>

#include "base/tick.h"
#include "upstream/upstream_port.h"

namespace aven::server {

class ReplyReceiver {
 public:
  virtual ~ReplyReceiver() = default;
  virtual void on_reply(upstream::ServerIndex server, upstream::SocketId socket, upstream::Transport transport,
                        std::span<const std::uint8_t> message, Tick now) noexcept = 0;
  // The socket is gone, and with it the replies that were to come on it.
  virtual void on_send_error(upstream::ServerIndex server, upstream::SocketId socket, Tick now) noexcept = 0;
};

}  // namespace aven::server
