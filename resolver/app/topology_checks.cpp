#include "app/topology_checks.h"

#include <algorithm>
#include <string>

#include "policy/json_object.h"

namespace aven::app {
namespace {

using policy::Problems;
using policy::Severity;

constexpr std::string_view HexDigits = "0123456789abcdef";

bool asks(const upstream::UpstreamSet& set, const upstream::Pool& pool, const Endpoint& endpoint) {
  return std::any_of(pool.servers.begin(), pool.servers.end(),
                     [&](auto index) { return set.servers[index].endpoint == endpoint; });
}

// A server that is asked for everything and may ask Aven, or that is the authority of a route, is where loops begin.
void default_servers(const Config& config, Problems& out) {
  const auto& set = config.upstreams;
  const auto warn = [&](const std::string& text) {
    out.push_back({config.policy.file, "/upstreams/default/servers", text, Severity::Warning});
  };
  for (const auto index : set.pools.front().servers) {
    const auto& server = set.servers[index];
    if (server.endpoint.address.is_unspecified()) continue;  // known by name alone
    const auto routed = std::find_if(set.pools.begin() + 1, set.pools.end(),
                                     [&](const auto& pool) { return asks(set, pool, server.endpoint); });
    if (routed != set.pools.end()) {
      warn(server.text() + " is asked for everything and also stands in the pool " + policy::in_quotes(routed->name) +
           "; if it forwards to Aven what it does not know, questions go round");
    }
    const auto& clients = config.policy.allow_from;
    const bool is_client = std::any_of(clients.begin(), clients.end(), [&](const Prefix& prefix) {
      return prefix.contains(server.endpoint.address.unmapped());
    });
    if (is_client) {
      warn(server.text() + " is asked for everything and may ask Aven itself (`allow_from`); if it forwards to Aven, " +
           "questions go round");
    }
  }
}

// The zone that holds the names of a network's addresses: "10.10.in-addr.arpa" for 10.10.0.0/16 and 10.10.128.0/17.
std::string reverse_zone(const Prefix& network) {
  const auto octets = network.network.octets();
  const bool v4 = network.network.is_v4();
  std::string zone = v4 ? "in-addr.arpa" : "ip6.arpa";
  for (std::size_t i = 0; i < network.length / (v4 ? 8U : 4U); ++i) {
    const std::string label = v4 ? std::to_string(octets[i])
                                 : std::string{HexDigits[(i % 2 == 0 ? octets[i / 2] >> 4 : octets[i / 2]) & 0xf]};
    zone = label + '.' + zone;
  }
  return zone;
}

bool is_routed(const Config& config, const std::string& zone) {
  const auto name = dns::Name::from_text(zone);
  return std::any_of(config.policy.routes.begin(), config.policy.routes.end(),
                     [&](const auto& route) { return name && name->is_at_or_below(route.suffix); });
}

// Where names are routed inside, those of the clients' addresses belong there too.
void reverse_zones(const Config& config, Problems& out) {
  if (config.policy.routes.empty()) return;
  for (const auto& group : config.policy.groups) {
    for (const auto& network : group.prefixes) {
      const std::string zone = reverse_zone(network);
      if (!network.network.is_private() || is_routed(config, zone)) continue;
      out.push_back({config.policy.file, "/groups/" + policy::pointer_token(group.name),
                     network.text() + " has no route for the names of its addresses; add one for " + zone +
                         " to `routes`, or nobody inside can be asked for them",
                     Severity::Warning});
    }
  }
}

}  // namespace

Problems topology_warnings(const Config& config) {
  Problems out;
  default_servers(config, out);
  reverse_zones(config, out);
  return out;
}

}  // namespace aven::app
