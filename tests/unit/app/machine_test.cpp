#include "app/machine.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

std::vector<std::string> texts(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> out;
  for (const auto& endpoint : endpoints) out.push_back(endpoint.text());
  return out;
}

}  // namespace

TEST_CASE("the nameserver lines of a resolv.conf, in order", "[app]") {
  CHECK(texts(parse_resolv_conf("# comment\nsearch ville.example\nnameserver 192.0.2.1\r\n"
                                "\tnameserver\t2001:db8::1  # second\noptions edns0\nnameserver 192.0.2.3")) ==
        std::vector<std::string>{"192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"});
}

TEST_CASE("lines that are no server are left out", "[app]") {
  CHECK(parse_resolv_conf("").empty());
  CHECK(parse_resolv_conf("nameserver\nnameserver dns.example\n#nameserver 192.0.2.1\nnameservers 192.0.2.1\n\n")
            .empty());
}

TEST_CASE("a link-local server keeps its interface", "[app]") {
  const auto resolvers = parse_resolv_conf("nameserver fe80::1%lo\n");
  REQUIRE(resolvers.size() == 1);
  CHECK(resolvers[0].address == *IpAddress::parse("fe80::1"));
  CHECK(resolvers[0].scope_id != 0);
}

TEST_CASE("the time zone is where the link points", "[app]") {
  CHECK(zone_of_link("/usr/share/zoneinfo/Europe/Paris") == "Europe/Paris");
  CHECK(zone_of_link("../usr/share/zoneinfo/Etc/UTC") == "Etc/UTC");
  CHECK(zone_of_link("/srv/clock") == "");
}

TEST_CASE("this machine has a loopback address", "[app]") {
  const auto addresses = this_machine().addresses;
  CHECK(std::find(addresses.begin(), addresses.end(), *IpAddress::parse("127.0.0.1")) != addresses.end());
}

TEST_CASE("the rule of a time zone is the last line of its file", "[app]") {
  CHECK(zone_rule("Europe/Paris") == "CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(zone_rule("Europe/Atlantis").empty());
  CHECK(zone_rule("../../../etc/passwd").empty());
}
