#include "app/server_text.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;
using upstream::Protocol;

TEST_CASE("plain servers, with and without a port", "[app]") {
  CHECK(parse_server("192.0.2.1")->endpoint.text() == "192.0.2.1:53");
  CHECK(parse_server("192.0.2.1:5353")->endpoint.text() == "192.0.2.1:5353");
  CHECK(parse_server("2001:db8::1")->endpoint.text() == "[2001:db8::1]:53");
  CHECK(parse_server("[2001:db8::1]")->endpoint.text() == "[2001:db8::1]:53");
  CHECK(parse_server("[2001:db8::1]:5353")->endpoint.text() == "[2001:db8::1]:5353");
  CHECK(parse_server("192.0.2.1")->protocol == Protocol::Plain);
}

TEST_CASE("only servers on this machine and encrypted ones are believed to have validated", "[app]") {
  CHECK_FALSE(parse_server("192.0.2.1")->trust_ad);
  CHECK(parse_server("127.0.0.1:5353")->trust_ad);
  CHECK(parse_server("::1")->trust_ad);
  CHECK(parse_server("tls://192.0.2.1#dns.example")->trust_ad);
}

TEST_CASE("a server over TLS has an address and a name", "[app]") {
  const auto server = parse_server("tls://10.1.1.2#dns.ville.example");
  REQUIRE(server);
  CHECK(server->protocol == Protocol::Tls);
  CHECK(server->endpoint.text() == "10.1.1.2:853");
  CHECK(server->tls_name == "dns.ville.example");
  CHECK(parse_server("tls://[2001:db8::1]:8853#dns.example")->endpoint.text() == "[2001:db8::1]:8853");
}

TEST_CASE("a server over HTTPS has a name or an address, and a path", "[app]") {
  const auto server = parse_server("https://dns.example:4443/dns-query");
  REQUIRE(server);
  CHECK(server->protocol == Protocol::Https);
  CHECK(server->tls_name == "dns.example");
  CHECK(server->endpoint.port == 4443);
  CHECK(server->path == "/dns-query");
  CHECK(parse_server("https://192.0.2.1/q")->endpoint.text() == "192.0.2.1:443");
}

TEST_CASE("what is no server is refused", "[app]") {
  for (const char* text :
       {"", "dns.example", "192.0.2.300", "192.0.2.1:0", "192.0.2.1:66000", "0.0.0.0", "[192.0.2.1]", "[2001:db8::1]x",
        "tls://192.0.2.1", "tls://#dns.example", "tls://dns.example#dns.example", "tls://192.0.2.1#a..b", "https://",
        "https://dns.example", "https:///q", "https://dns.example:x/q", "http://dns.example/q", " 192.0.2.1"}) {
    INFO(text);
    CHECK_FALSE(parse_server(text));
  }
}
