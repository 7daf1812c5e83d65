#include "status/http_server.h"

#include <catch2/catch.hpp>

namespace aven::status {
namespace {

TEST_CASE("the page is for loopback addresses, others are told why not", "[status]") {
  CHECK(refusal_of(*Endpoint::parse("127.0.0.1:8053")).empty());
  CHECK(refusal_of(*Endpoint::parse("127.9.9.9:0")).empty());
  CHECK(refusal_of(*Endpoint::parse("[::1]:8053")).empty());
  for (const char* other : {"0.0.0.0:8053", "[::]:8053", "10.1.1.1:8053", "[fe80::1]:8053"}) {
    CHECK(refusal_of(*Endpoint::parse(other)).find("password") != std::string::npos);
  }
}

TEST_CASE("a Host header must name this machine", "[status]") {
  const auto own = *IpAddress::parse("10.1.1.1");
  for (const char* good :
       {"localhost", "LocalHost:8053", "127.0.0.1", "127.0.0.1:8053", "[::1]:8053", "[::1]", "10.1.1.1:80"})
    CHECK(is_own_host(good, own));
  for (const char* bad : {"", ":8053", "[", "[]", "[::1", "evil.example", "localhost.evil.example",
                          "127.0.0.1.evil.example", "10.1.1.2", "::1", "[::2]", "localhos"})
    CHECK_FALSE(is_own_host(bad, own));
}

}  // namespace
}  // namespace aven::status
