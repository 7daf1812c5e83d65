#include "pipeline/special_names.h"

#include <catch2/catch.hpp>
#include <string>

using aven::dns::Name;
using aven::pipeline::find_special_zone;
using Kind = aven::pipeline::SpecialZone::Kind;

namespace {

const aven::pipeline::SpecialZone* zone_of(const std::string& name) {
  return find_special_zone(Name::from_text(name).value());
}

}  // namespace

TEST_CASE("special-use names are found at the apex and below", "[pipeline]") {
  REQUIRE(zone_of("localhost")->kind == Kind::Localhost);
  REQUIRE(zone_of("a.b.localhost")->kind == Kind::Localhost);
  REQUIRE(zone_of("x.onion")->kind == Kind::Denied);
  REQUIRE(zone_of("printer.local")->kind == Kind::Denied);
  REQUIRE(zone_of("home.arpa")->kind == Kind::Empty);
  REQUIRE(zone_of("_dns.resolver.arpa")->kind == Kind::Discovery);
}

TEST_CASE("ordinary names are not special, even where they look like it", "[pipeline]") {
  for (const char* name : {"example.com", "example", "localhost.example.com", "notlocalhost", "xlocal", "arpa",
                           "in-addr.arpa", "ipv4only.arpa", "8.8.8.8.in-addr.arpa", "."}) {
    INFO(name);
    REQUIRE(zone_of(name) == nullptr);
  }
}

TEST_CASE("reverse zones of private networks are told from those of this host and documentation", "[pipeline]") {
  for (const char* name : {"1.2.3.10.in-addr.arpa", "1.0.16.172.in-addr.arpa", "1.0.31.172.in-addr.arpa",
                           "5.168.192.in-addr.arpa", "1.1.64.100.in-addr.arpa", "1.d.f.ip6.arpa", "b.e.f.ip6.arpa"}) {
    INFO(name);
    REQUIRE(zone_of(name) != nullptr);
    REQUIRE(zone_of(name)->private_reverse);
  }
  for (const char* name : {"1.0.0.127.in-addr.arpa", "1.2.0.192.in-addr.arpa", "255.255.255.255.in-addr.arpa",
                           "1.8.b.d.0.1.0.0.2.ip6.arpa"}) {
    INFO(name);
    REQUIRE(zone_of(name) != nullptr);
    REQUIRE_FALSE(zone_of(name)->private_reverse);
  }
  REQUIRE(zone_of("1.0.15.172.in-addr.arpa") == nullptr);
  REQUIRE(zone_of("1.0.32.172.in-addr.arpa") == nullptr);
}

TEST_CASE("the loopback address of IPv6 has its reverse zone, its neighbour has not", "[pipeline]") {
  std::string zeros;
  for (int i = 0; i < 31; ++i) zeros += "0.";
  REQUIRE(zone_of("1." + zeros + "ip6.arpa")->labels == 34);
  REQUIRE(zone_of("2." + zeros + "ip6.arpa") == nullptr);
}

TEST_CASE("names that must never leave cannot be routed", "[pipeline]") {
  for (const char* name : {"localhost", "onion", "invalid", "resolver.arpa"}) REQUIRE_FALSE(zone_of(name)->routable);
  for (const char* name : {"local", "test", "home.arpa", "10.in-addr.arpa"}) REQUIRE(zone_of(name)->routable);
}
