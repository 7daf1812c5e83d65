#include "server/listen_address.h"

#include <catch2/catch.hpp>

#include "unit/server/support.h"

using namespace aven;
using namespace aven::server;

TEST_CASE("port 0 gives UDP and TCP the same number, for every worker", "[server]") {
  const std::vector wanted{test::loopback(), *Endpoint::parse("[::1]:5300")};
  auto v6 = wanted[1];
  v6.port = 0;
  const auto opened = open_listeners(std::vector{wanted[0], v6}, 3);
  REQUIRE(opened);
  REQUIRE(opened->size() == 2);
  for (const auto& listener : *opened) {
    CHECK(listener.address.port != 0);
    REQUIRE(listener.udp.size() == 3);
    REQUIRE(listener.tcp.size() == 3);
    for (const auto& fd : listener.udp) CHECK(test::name_of(fd.get()) == listener.address);
    for (const auto& fd : listener.tcp) CHECK(test::name_of(fd.get()) == listener.address);
  }
}

TEST_CASE("a port that another server has is one sentence, over UDP and over TCP", "[server]") {
  SECTION("a socket of an Aven that runs already, over UDP and TCP") {
    const auto first = open_listeners(std::vector{test::loopback()}, 2);
    REQUIRE(first);
    const auto second = open_listeners(std::vector{first->front().address}, 2);
    REQUIRE_FALSE(second);
    CHECK(second.error() ==
          "cannot listen on " + first->front().address.text() + ": address already in use (another DNS server?)");
  }
  SECTION("the wildcard address of another program") {
    test::Client any{SOCK_DGRAM, Endpoint{}};
    const auto second = open_listeners(std::vector{test::loopback(test::name_of(any.fd.get()).port)}, 1);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error(), Catch::Contains("address already in use"));
  }
  SECTION("TCP alone") {
    test::Client other{SOCK_STREAM, test::loopback()};
    REQUIRE(listen(other.fd.get(), 1) == 0);
    const auto second = open_listeners(std::vector{test::name_of(other.fd.get())}, 1);
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error(), Catch::Contains("over TCP: address already in use"));
  }
}

TEST_CASE("when one address fails none stays open", "[server]") {
  std::uint16_t port = 0;
  {
    const auto free = open_listeners(std::vector{test::loopback()}, 1);
    REQUIRE(free);
    port = free->front().address.port;
  }
  const std::vector wanted{test::loopback(port), *Endpoint::parse("198.51.100.1:" + std::to_string(port))};
  const auto failed = open_listeners(wanted, 1);
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error(), Catch::Contains("198.51.100.1") && Catch::Contains("no network interface"));
  CHECK(open_listeners(std::vector{test::loopback(port)}, 1));
}

TEST_CASE("an address that a wildcard covers, or that is named twice, is bound once", "[server]") {
  Endpoint wildcard;
  {
    const auto free = open_listeners(std::vector{wildcard}, 1);
    REQUIRE(free);
    wildcard.port = free->front().address.port;
  }
  const auto specific = test::loopback(wildcard.port);
  const auto opened = open_listeners(std::vector{specific, wildcard, wildcard, specific}, 1);
  REQUIRE(opened);
  REQUIRE(opened->size() == 1);
  CHECK(opened->front().address == wildcard);
}

TEST_CASE("a port is free again at once after a server with TCP clients ended", "[server]") {
  Endpoint address;
  {
    const auto opened = open_listeners(std::vector{test::loopback()}, 1);
    REQUIRE(opened);
    address = opened->front().address;
    test::Client client{SOCK_STREAM, test::loopback()};
    REQUIRE(client.connect_to(address));
    pollfd ready{opened->front().tcp.front().get(), POLLIN, 0};
    REQUIRE(poll(&ready, 1, 5000) == 1);
    FileDescriptor accepted{accept(ready.fd, nullptr, nullptr)};
    REQUIRE(accepted);  // closed first, on our side: TIME_WAIT
  }
  CHECK(open_listeners(std::vector{address}, 2));
}
