#include "upstream/upstream_set.h"

#include <algorithm>

namespace aven::upstream {

namespace {

std::string https_text(const Server& server) {
  constexpr std::uint16_t HttpsPort = 443;
  const auto name = IpAddress::parse(server.tls_name);
  std::string out = "https://" + (name && !name->is_v4() ? '[' + server.tls_name + ']' : server.tls_name);
  if (server.endpoint.port != HttpsPort) out += ':' + std::to_string(server.endpoint.port);
  out += server.path;
  if (!name && !server.endpoint.address.is_unspecified()) out += "?addr=" + server.endpoint.address.text();
  return out;
}

}  // namespace

std::string Server::text() const {
  switch (protocol) {
    case Protocol::Tls:
      return "tls://" + endpoint.text() + '#' + tls_name;
    case Protocol::Https:
      return https_text(*this);
    case Protocol::Plain:
      break;
  }
  return endpoint.text();
}

bool UpstreamSet::numbers_routes_as(const UpstreamSet& other) const noexcept {
  return std::equal(pools.begin(), pools.end(), other.pools.begin(), other.pools.end(),
                    [](const Pool& a, const Pool& b) { return a.name == b.name; });
}

dns::CleanLimits Pool::limits() const noexcept {
  dns::CleanLimits out;
  out.keep = routed ? dns::Keep::All : dns::Keep::Minimal;
  out.min_ttl = min_ttl;
  out.max_ttl = max_ttl;
  out.negative_max_ttl = negative_max_ttl;
  out.refuse_private = rebind_protection;
  return out;
}

bool UpstreamSet::asks_private_server(dns::RouteId route) const noexcept {
  if (route >= pools.size()) return false;
  return std::any_of(pools[route].servers.begin(), pools[route].servers.end(), [&](ServerIndex index) {
    const auto& address = servers[index].endpoint.address;
    return address.is_private() || address.is_loopback();
  });
}

}  // namespace aven::upstream
