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
  CHECK(parse_server("https://[2001:db8::1]:4443/q")->tls_name == "2001:db8::1");
}

TEST_CASE("a server over HTTPS that is named can be given its address", "[app]") {
  const auto server = parse_server("https://dns.example./dns-query?addr=192.0.2.1");
  REQUIRE(server);
  CHECK(server->tls_name == "dns.example");
  CHECK(server->path == "/dns-query");
  CHECK(server->endpoint.text() == "192.0.2.1:443");
  CHECK(parse_server("https://dns.example:4443/q?addr=2001:db8::1")->endpoint.text() == "[2001:db8::1]:4443");
  CHECK(parse_server("https://dns.example/q?addr=[2001:db8::1]")->endpoint.text() == "[2001:db8::1]:443");
  CHECK(parse_server("https://dns.example/q{?dns}")->path == "/q");
}

TEST_CASE("a certificate may be for an address", "[app]") {
  CHECK(parse_server("tls://192.0.2.1#192.0.2.1")->tls_name == "192.0.2.1");
  CHECK(parse_server("tls://[2001:db8::1]#2001:db8::1")->tls_name == "2001:db8::1");
}

TEST_CASE("what is wrong with a server is said", "[app]") {
  const auto why = [](const char* text) { return parse_server(text).error(); };
  CHECK(why("tls://192.0.2.1").find("behind a #") != std::string::npos);
  CHECK(why("tls://dns.example#dns.example").find("give its address") != std::string::npos);
  CHECK(why("http://dns.example/q").find("not encrypted") != std::string::npos);
  CHECK(why("https://dns.example/q?addr=dns").find("no address behind addr=") != std::string::npos);
}

TEST_CASE("what is no server is refused", "[app]") {
  for (const char* text : {"",
                           "dns.example",
                           "192.0.2.300",
                           "192.0.2.1:0",
                           "192.0.2.1:66000",
                           "0.0.0.0",
                           "[192.0.2.1]",
                           "[2001:db8::1]x",
                           "tls://192.0.2.1",
                           "tls://#dns.example",
                           "tls://dns.example#dns.example",
                           "tls://192.0.2.1#a..b",
                           "https://",
                           "https://dns.example",
                           "https:///q",
                           "https://dns.example:x/q",
                           "http://dns.example/q",
                           " 192.0.2.1",
                           "tls://192.0.2.1:0#dns.example",
                           "tls://0.0.0.0#dns.example",
                           "tls://192.0.2.1#dns example",
                           "tls://192.0.2.1#",
                           "tls://192.0.2.1#.",
                           "https://dns.example/q?dns=AAAA",
                           "https://dns.example/q?addr=",
                           "https://dns.example/q p",
                           "https://dns.example/q#x",
                           "https://u@dns.example/q",
                           "https://192.0.2.1/q?addr=192.0.2.2",
                           "https://dns.example/q?addr=0.0.0.0",
                           "https://dns.example/\x7f",
                           "https://[::]/q"}) {
    INFO(text);
    CHECK_FALSE(parse_server(text));
  }
}
