// look_up: the addresses of a host, asked over plain DNS of the servers given, never of this machine's resolver: that may
// be Aven itself.
// Thread: any but a worker; blocks, 2 s a server and question at most.
// Fails: with one sentence.
#pragma once

#include <string>
#include <vector>

#include "app/machine.h"
#include "base/expected.h"
#include "base/net_address.h"
#include "upstream/upstream_set.h"

namespace aven::app {

Expected<std::vector<IpAddress>, std::string> look_up(const std::string& host, const std::vector<Endpoint>& servers);

// Whom to ask: the usual upstreams that speak plain DNS, else the machine's servers but those on its own addresses, where
// Aven itself may answer.
std::vector<Endpoint> lookup_servers(const upstream::UpstreamSet& upstreams, const Machine& machine);

}  // namespace aven::app
