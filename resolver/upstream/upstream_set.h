// UpstreamSet: which servers there are and which route asks whom. From the configuration; immutable.
// Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/net_address.h"
#include "dns/ask.h"
#include "dns/reply.h"

namespace aven::upstream {

using ServerIndex = std::uint16_t;

enum class Protocol : std::uint8_t { Plain, Tls, Https };  // Plain: UDP, TCP when truncated
enum class Strategy : std::uint8_t { Fastest, Ordered, Race, Spread };

struct Server {
  Endpoint endpoint;
  Protocol protocol = Protocol::Plain;
  std::string tls_name;             // certificate name (Tls, Https)
  std::string path;                 // Https
  std::vector<Endpoint> bootstrap;  // Https without an address: who is asked for the name's, in plain DNS
  std::string tls_ca;               // the file of the authorities for its certificate (Tls, Https); empty: the system's
  bool trust_ad = false;            // default: loopback, tls, https
  bool fresh_port = false;
  bool cookies = true;              // DNS cookies (RFC 7873), Plain only
  bool case_randomisation = false;  // 0x20: random case in the questions, which the reply must repeat

  std::string text() const;  // as the administrator wrote it
  friend bool operator==(const Server&, const Server&) = default;
};

struct Pool {
  std::string name;  // "default", "inside"
  std::vector<ServerIndex> servers;
  Strategy strategy = Strategy::Fastest;
  std::uint32_t min_ttl = 0, max_ttl = 86400, negative_max_ttl = 3600;
  bool routed = false;                 // of a route: authority and additional sections are kept, no NXDOMAIN cut
  bool rotate = false;                 // the order of addresses and SRV records turns from answer to answer
  bool rebind_protection = false;      // private addresses are left out of answers
  std::vector<std::uint32_t> weights;  // of `servers`, for Spread; empty: all the same
  // What its replies are held to, whoever gave them; trust_ad is the server's.
  dns::CleanLimits limits() const noexcept;
  friend bool operator==(const Pool&, const Pool&) = default;
};

struct UpstreamSet {
  std::vector<Server> servers;
  std::vector<Pool> pools;  // the index is the dns::RouteId; 0 = default

  // Does each RouteId mean the pool of the same name in both?
  bool numbers_routes_as(const UpstreamSet& other) const noexcept;
  // Has a server of this route a private or loopback address? An unknown route asks nobody.
  bool asks_private_server(dns::RouteId route) const noexcept;
  friend bool operator==(const UpstreamSet&, const UpstreamSet&) = default;
};

}  // namespace aven::upstream
