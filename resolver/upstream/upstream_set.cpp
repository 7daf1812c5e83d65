#include "upstream/upstream_set.h"

#include <algorithm>

namespace aven::upstream {

std::string Server::text() const {
  switch (protocol) {
    case Protocol::Tls:
      return "tls://" + endpoint.text() + '#' + tls_name;
    case Protocol::Https:
      return "https://" + tls_name + path;
    case Protocol::Plain:
      break;
  }
  return endpoint.text();
}

bool UpstreamSet::asks_private_server(dns::RouteId route) const noexcept {
  if (route >= pools.size()) return false;
  return std::any_of(pools[route].servers.begin(), pools[route].servers.end(), [&](ServerIndex index) {
    const auto& address = servers[index].endpoint.address;
    return address.is_private() || address.is_loopback();
  });
}

}  // namespace aven::upstream
