// UpstreamPort: how the forwarder sends; the worker's sockets or a test's fake network implement it. send()
// tells by which socket a question left, so that a reply counts only if it comes back there (RFC 5452 9.1):
// the port hands each reply to Forwarder::on_reply with the socket that it came in on; the sockets are
// connected, so address and port are the kernel's check.
// Thread: the worker's.   Lifetime: bytes are copied or sent before the call returns.
// Fails: by NoSocket, which is final for this try; later errors come by Forwarder::on_send_error (all that left
// by a socket) or on_ask_error (one). send() never calls the forwarder back from inside.
#pragma once

#include <cstdint>
#include <span>

#include "base/tick.h"
#include "upstream/upstream_set.h"

namespace aven::upstream {

// Stream: TCP, TLS or HTTPS as the server's protocol says.
enum class Transport : std::uint8_t { Udp, Stream };

using SocketId = std::uint32_t;
inline constexpr SocketId NoSocket = UINT32_MAX;

class UpstreamPort {
 public:
  virtual ~UpstreamPort() = default;
  // Sends a complete message (without the two-octet length). Returns the socket it left by, or NoSocket.
  // UDP: one of the server's random ports. Stream: the server's connection, opened if need be; NoSocket only
  // if that cannot even be tried.
  virtual SocketId send(ServerIndex server, Transport transport, std::span<const std::uint8_t> message,
                        Tick now) noexcept = 0;
};

}  // namespace aven::upstream
