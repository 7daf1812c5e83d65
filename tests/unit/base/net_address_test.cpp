#include "base/net_address.h"

#include <catch2/catch.hpp>

using namespace aven;

namespace {

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

}  // namespace

TEST_CASE("addresses read and write as text", "[base]") {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1"}) {
    CHECK(ip(text).text() == text);
  }
  CHECK(ip("2001:0DB8:0:0::0001").text() == "2001:db8::1");
}

TEST_CASE("what is not exactly one address is none", "[base]") {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "01.2.3.4", "localhost",
                           ":::", "2001:db8::1::2", "fe80::1%eth0", "1.2.3.4/8"}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

TEST_CASE("addresses know what kind they are", "[base]") {
  CHECK(ip("127.8.8.8").is_loopback());
  CHECK(ip("::1").is_loopback());
  CHECK_FALSE(ip("::2").is_loopback());
  CHECK_FALSE(ip("128.0.0.1").is_loopback());
  CHECK(ip("0.0.0.0").is_unspecified());
  CHECK(ip("::").is_unspecified());
  CHECK_FALSE(ip("0.0.0.1").is_unspecified());
}

TEST_CASE("private addresses are those of RFC 1918, RFC 4193 and link-local", "[base]") {
  for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "169.254.1.1",
                           "fc00::1", "fdff::1", "fe80::1", "febf::1"}) {
    INFO(text);
    CHECK(ip(text).is_private());
  }
  for (const char* text : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.1.1", "fbff::1",
                           "fe00::1", "fec0::1", "2001:db8::1"}) {
    INFO(text);
    CHECK_FALSE(ip(text).is_private());
  }
}

TEST_CASE("a mapped address stands for its IPv4 address", "[base]") {
  CHECK(ip("::ffff:192.0.2.1").unmapped() == ip("192.0.2.1"));
  CHECK(ip("192.0.2.1").unmapped() == ip("192.0.2.1"));
  CHECK(ip("::192.0.2.1").unmapped() == ip("::192.0.2.1"));
  CHECK(ip("::ffff:192.0.2.1") != ip("192.0.2.1"));
}

TEST_CASE("endpoints read and write as text", "[base]") {
  CHECK(Endpoint::parse("192.0.2.1:53")->text() == "192.0.2.1:53");
  CHECK(Endpoint::parse("[2001:db8::1]:853")->text() == "[2001:db8::1]:853");
  CHECK(Endpoint::parse("192.0.2.1", 53)->port == 53);
  CHECK(Endpoint::parse("2001:db8::1", 53)->text() == "[2001:db8::1]:53");
  CHECK(Endpoint::parse("[::1]", 53)->text() == "[::1]:53");
  CHECK(Endpoint::parse("192.0.2.1:0", 53)->port == 0);
}

TEST_CASE("what is not exactly one endpoint is none", "[base]") {
  for (const char* text : {"192.0.2.1", "[::1]", "::1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:5x",
                           "[192.0.2.1]:53", "[::1:53", "[::1]53", "host:53", ":53", ""}) {
    INFO(text);
    CHECK_FALSE(Endpoint::parse(text));
  }
}

TEST_CASE("an endpoint goes to a socket address and back", "[base]") {
  for (const Endpoint& endpoint : {Endpoint{ip("192.0.2.1"), 53}, Endpoint{ip("fe80::1"), 5300, 7}}) {
    sockaddr_storage storage{};
    CHECK(endpoint.to_sockaddr(storage) == (endpoint.address.is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
    CHECK(Endpoint::from_sockaddr(storage) == endpoint);
  }
}

TEST_CASE("a prefix holds its own addresses", "[base]") {
  const Prefix prefix = Prefix::parse("10.16.0.0/12").value();
  CHECK(prefix.contains(ip("10.16.0.0")));
  CHECK(prefix.contains(ip("10.31.255.255")));
  CHECK_FALSE(prefix.contains(ip("10.32.0.0")));
  CHECK_FALSE(prefix.contains(ip("::")));
  CHECK(Prefix::parse("0.0.0.0/0")->contains(ip("255.1.2.3")));
  CHECK(Prefix::parse("::1")->contains(ip("::1")));
  CHECK_FALSE(Prefix::parse("::1")->contains(ip("::2")));
  CHECK(Prefix::parse("2001:db8::/33")->contains(ip("2001:db8:7fff::")));
  CHECK_FALSE(Prefix::parse("2001:db8::/33")->contains(ip("2001:db8:8000::")));
}

TEST_CASE("prefixes read and write as text", "[base]") {
  CHECK(Prefix::parse("10.0.0.0/8")->text() == "10.0.0.0/8");
  CHECK(Prefix::parse("192.0.2.1")->text() == "192.0.2.1/32");
  CHECK(Prefix::parse("::1")->length == 128);
}

TEST_CASE("what is not exactly one prefix is none", "[base]") {
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8",
                           "2001:db8::1/64", ""}) {
    INFO(text);
    CHECK_FALSE(Prefix::parse(text));
  }
}
