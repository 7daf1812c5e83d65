// parse_server: an upstream server as aven.json writes it: "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53",
// "tls://192.0.2.1#dns.example", "https://dns.example/dns-query?addr=192.0.2.1".
// Thread: any.   Fails: with one sentence.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.h"
#include "upstream/upstream_set.h"

namespace aven::app {

// `trust_ad` has its default: on for loopback, tls and https. An https server given by name
// alone has no address: 0.0.0.0 and its port.
Expected<upstream::Server, std::string> parse_server(std::string_view text);

}  // namespace aven::app
