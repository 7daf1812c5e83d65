#include "upstream/upstream_set.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::upstream;

namespace {

Server server_at(const char* address) {
  Server server;
  server.endpoint = {IpAddress::parse(address).value(), 53};
  return server;
}

}  // namespace

TEST_CASE("a route asks a private server if one of its servers has such an address", "[upstream]") {
  UpstreamSet set;
  set.servers = {server_at("198.51.100.1"), server_at("10.1.1.1"), server_at("127.0.0.1"), server_at("fd00::1")};
  for (const auto& servers : std::vector<std::vector<ServerIndex>>{{0}, {0, 1}, {2}, {3}}) {
    Pool pool;
    pool.servers = servers;
    set.pools.push_back(pool);
  }
  REQUIRE_FALSE(set.asks_private_server(0));
  for (dns::RouteId route = 1; route <= 3; ++route) REQUIRE(set.asks_private_server(route));
  REQUIRE_FALSE(set.asks_private_server(4));
}

TEST_CASE("a server is shown as the administrator writes it", "[upstream]") {
  Server server = server_at("2001:db8::1");
  REQUIRE(server.text() == "[2001:db8::1]:53");
  server.endpoint.port = 853;
  server.protocol = Protocol::Tls;
  server.tls_name = "dns.ville.example";
  REQUIRE(server.text() == "tls://[2001:db8::1]:853#dns.ville.example");
  server.protocol = Protocol::Https;
  server.path = "/dns-query";
  REQUIRE(server.text() == "https://dns.ville.example:853/dns-query?addr=2001:db8::1");
  server.endpoint = Endpoint{{}, 443};
  REQUIRE(server.text() == "https://dns.ville.example/dns-query");
  server.endpoint = {*IpAddress::parse("2001:db8::1"), 443};
  server.tls_name = "2001:db8::1";
  REQUIRE(server.text() == "https://[2001:db8::1]/dns-query");
}

TEST_CASE("two sets number their routes alike if their pools have the same names in the same order", "[upstream]") {
  const auto set_of = [](const std::vector<const char*>& names) {
    UpstreamSet set;
    for (const auto* name : names) set.pools.emplace_back().name = name;
    return set;
  };
  auto set = set_of({"default", "inside"});
  set.servers = {server_at("10.1.1.1")};
  set.pools[1].servers = {0};
  CHECK(set.numbers_routes_as(set_of({"default", "inside"})));
  CHECK_FALSE(set.numbers_routes_as(set_of({"default", "schools", "inside"})));
  CHECK_FALSE(set.numbers_routes_as(set_of({"default"})));
  CHECK_FALSE(set_of({"default"}).numbers_routes_as(set));
}
