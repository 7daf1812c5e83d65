// Machine: what the configuration needs to know of the machine it runs on: its resolvers and its own
// addresses.
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
};

Machine this_machine();

// The `nameserver` lines of a resolv.conf(5), with port 53.
std::vector<Endpoint> parse_resolv_conf(std::string_view text);

}  // namespace aven::app
