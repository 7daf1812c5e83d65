// ClientPort: how answers leave; the worker's sockets or a test's scene implement it.
// Thread: the worker's.   Lifetime: the bytes are copied before send() returns.
#pragma once

#include <cstdint>
#include <span>

#include "base/net_address.h"

namespace aven::pipeline {

enum class ClientTransport : std::uint8_t { Udp, Tcp };

// Where an answer goes: enough to find the socket or connection again later, and to see that it is gone.
struct ClientRef {
  ClientTransport transport = ClientTransport::Udp;
  bool encrypted = false;
  std::uint16_t listener = 0;         // which listening socket it came to
  std::uint32_t slot = 0;             // Tcp: the connection
  std::uint32_t slot_generation = 0;  // Tcp: a slot is used again, its generation is not
  Endpoint peer;
  IpAddress local;              // the address it was sent to: the answer leaves from there (RFC 2181 4.1)
  std::uint32_t interface = 0;  // Udp: for link-local peers
};

class ClientPort {
 public:
  virtual ~ClientPort() = default;
  // `least_ttl` in seconds: for transports that tell their own life time (DoH). False: the client is gone.
  virtual bool send(const ClientRef& client, std::span<const std::uint8_t> answer,
                    std::uint32_t least_ttl) noexcept = 0;
  // No answer will come for this query; a TCP connection is closed (rule action `drop`).
  virtual void drop(const ClientRef& client) noexcept = 0;
};

}  // namespace aven::pipeline
