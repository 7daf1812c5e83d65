// ReplyReceiver: where the upstream sockets hand what came back: the worker's forwarder or a test.
// Thread: the worker's.   Lifetime: the message lives during the call. It may send from inside.
#pragma once

#include <cstdint>
#include <span>
#include <string>

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
  // One question that went out by the socket gets no reply; the others may.
  virtual void on_ask_error(upstream::ServerIndex server, upstream::SocketId socket, std::uint16_t id,
                            Tick now) noexcept = 0;
  // A TLS connection has been made.
  virtual void on_handshake(bool was_resumed) noexcept = 0;
  // What an administrator should know of the server, when it changes: why it cannot be asked; empty: it can.
  virtual void on_server_state(upstream::ServerIndex server, const std::string& trouble) noexcept = 0;
};

}  // namespace aven::server
