#include "app/name_lookup.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

Endpoint at(const char* text) {
  return Endpoint::parse(text, 53).value();
}

upstream::UpstreamSet pool_of(std::vector<upstream::Server> servers) {
  upstream::UpstreamSet set;
  set.pools.emplace_back();
  for (auto& server : servers) {
    set.pools[0].servers.push_back(static_cast<upstream::ServerIndex>(set.servers.size()));
    set.servers.push_back(std::move(server));
  }
  return set;
}

}  // namespace

TEST_CASE("an address needs no server", "[app][lists]") {
  REQUIRE(look_up("192.0.2.7", {}).value() == std::vector{IpAddress::parse("192.0.2.7").value()});
  REQUIRE(look_up("2001:db8::7", {}).value() == std::vector{IpAddress::parse("2001:db8::7").value()});
}

TEST_CASE("a name without a server to ask, or that is none, is said", "[app][lists]") {
  REQUIRE(look_up("lists.example", {}).error() == "no upstream speaks plain DNS to look up \"lists.example\"");
  REQUIRE_FALSE(look_up("a..example", {at("127.0.0.1")}));
}

TEST_CASE("plain upstreams are asked, else the machine's servers but ourselves", "[app][lists]") {
  Machine machine;
  machine.resolvers = {at("127.0.0.53"), at("10.0.0.1"), at("10.0.0.2")};
  machine.addresses = {at("10.0.0.2").address};
  upstream::Server plain, tls;
  plain.endpoint = at("192.0.2.1:5353");
  tls.endpoint = at("192.0.2.2");
  tls.protocol = upstream::Protocol::Tls;
  tls.tls_name = "dns.example";
  REQUIRE(lookup_servers(pool_of({tls, plain}), machine) == std::vector{plain.endpoint});
  REQUIRE(lookup_servers(pool_of({tls}), machine) == std::vector{at("10.0.0.1")});
}
