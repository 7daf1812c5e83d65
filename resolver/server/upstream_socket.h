// UpstreamSockets: a worker's sockets towards the upstream servers (RFC 5452 section 9.2).
// UDP: per server 64 connected sockets, opened as they are drawn, on ports that we draw at random; each ask
// takes one at random; a socket is given up after 128 asks or 5 s and closed when its replies can no longer
// come. With `fresh_port` each ask has a socket of its own.   Stream: UpstreamConnections. An encrypted server
// is never asked in plain text.
// Thread: the worker's.   Lifetime: loop, random source and receiver outlive it.
// Fails: send() by NoSocket. Sockets that break later are told of by flush(), never from inside send().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/tick.h"
#include "server/file_descriptor.h"
#include "server/reply_receiver.h"
#include "server/upstream_connections.h"
#include "upstream/upstream_port.h"
#include "uv/handle.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace aven::server {

class UpstreamSockets final : public upstream::UpstreamPort {
 public:
  static constexpr std::size_t SocketsPerServer = 64;
  static constexpr std::size_t AsksPerSocket = 128;
  static constexpr std::size_t MaxGivenUp = 4096;  // sockets that only wait for replies

  UpstreamSockets(uv::Loop& loop, RandomSource& random, ReplyReceiver& receiver);
  ~UpstreamSockets() override;

  // New servers. Sockets of servers that stay are kept under their new index, the others closed without a
  // word: the forwarder, told of the same set after this, knows. `tls`: by Server::tls_ca.
  void use(const upstream::UpstreamSet& set, const TlsContexts& tls);

  upstream::SocketId send(upstream::ServerIndex server, upstream::Transport transport,
                          std::span<const std::uint8_t> message, Tick now) noexcept override;

  // Sends what waits and tells the receiver of what broke. Before each wait of the loop, until has_work() is
  // false.
  void flush() noexcept;
  bool has_work() const noexcept;

  // UDP sockets and connections; connections alone.
  std::size_t open_sockets(upstream::ServerIndex server) const noexcept;
  std::size_t open_connections(upstream::ServerIndex server) const noexcept;

 private:
  struct Udp;
  struct PerServer;
  struct ReplyBuffers;

  upstream::SocketId send_udp(PerServer& server, std::span<const std::uint8_t> message, Tick now) noexcept;
  std::unique_ptr<Udp>& draw(PerServer& server, Tick now) noexcept;
  std::unique_ptr<Udp> open(PerServer& server, Tick now) noexcept;
  bool bind_random_port(int fd, bool v4) noexcept;
  void give_up(std::unique_ptr<Udp>& socket);
  void on_ready(Udp& socket, int status) noexcept;
  int receive(Udp& socket) noexcept;
  void on_broken(Udp& socket) noexcept;
  void sweep() noexcept;

  uv::Loop& loop_;
  RandomSource& random_;
  ReplyReceiver& receiver_;
  std::unique_ptr<ReplyBuffers> buffers_;
  SocketIds ids_;
  std::vector<std::unique_ptr<PerServer>> servers_;
  std::vector<std::unique_ptr<Udp>> given_up_;  // oldest first
  std::vector<std::unique_ptr<Udp>> broken_;
  uv::Timer sweep_timer_;
};

}  // namespace aven::server
