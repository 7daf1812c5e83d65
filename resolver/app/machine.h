// Machine: what the configuration needs to know of the machine it runs on: its resolvers, its own
// addresses, its time zone.
// Thread: any; this_machine() blocks shortly.
// Fails: never; what cannot be read is empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/net_address.h"

namespace aven::app {

struct Machine {
  std::vector<Endpoint> resolvers;   // the servers of /etc/resolv.conf
  std::vector<IpAddress> addresses;  // of every interface
  std::string host_name;
  std::string timezone;  // as "Europe/Paris"
};

Machine this_machine();

// The `nameserver` lines of a resolv.conf(5), with port 53.
std::vector<Endpoint> parse_resolv_conf(std::string_view text);

// The last line of a zone's file in the zone database, "CET-1CEST,M3.5.0,M10.5.0/3"; empty if there is none.
std::string zone_rule(const std::string& zone);

// "Europe/Paris" of "/usr/share/zoneinfo/Europe/Paris", where /etc/localtime points; empty for other places.
std::string zone_of_link(std::string_view target);

}  // namespace aven::app
