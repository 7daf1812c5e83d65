#include "server/udp_socket.h"

#include <catch2/catch.hpp>
#include <set>

#include "unit/server/support.h"

using namespace aven;
using namespace aven::server;
using stats::Counter;

namespace {

struct Scene {
  explicit Scene(const Endpoint& address) {
    auto opened = open_listeners(std::vector{address}, 1);
    REQUIRE(opened);
    bound = opened->front().address;
    socket = std::make_unique<UdpSocket>(loop, std::move(opened->front().udp.front()), bound, std::uint16_t{7}, handler,
                                         counters);
    handler.answer = [this](const auto& client, const std::string& message) {
      socket->send(client, test::bytes("re: " + message));
      return false;
    };
  }
  std::optional<test::Client::Received> answer_to(const test::Client& client) {
    std::optional<test::Client::Received> got;
    test::run_until(loop, [&] { return (got = client.receive()).has_value(); });
    return got;
  }

  uv::Loop loop;
  stats::Counters counters;
  test::Handler handler;
  Endpoint bound;
  std::unique_ptr<UdpSocket> socket;
};

Endpoint at(const char* address, std::uint16_t port) {
  Endpoint out;
  out.address = *IpAddress::parse(address);
  out.port = port;
  return out;
}

}  // namespace

TEST_CASE("a datagram is answered", "[server]") {
  Scene scene{test::loopback()};
  test::Client client{SOCK_DGRAM, test::loopback()};
  REQUIRE(client.send_to(scene.bound, "hello"));
  const auto answer = scene.answer_to(client);
  REQUIRE(answer);
  CHECK(answer->data == "re: hello");
  CHECK(answer->from == scene.bound);
  const auto& seen = scene.handler.queries.at(0).client;
  CHECK(seen.transport == pipeline::ClientTransport::Udp);
  CHECK(seen.listener == 7);
  CHECK(seen.peer == test::name_of(client.fd.get()));
  CHECK(seen.local == scene.bound.address);
}

TEST_CASE("a wildcard socket answers from the address that was asked", "[server]") {
  SECTION("IPv4") {
    Scene scene{Endpoint{}};
    test::Client client{SOCK_DGRAM, test::loopback()};
    for (const auto* address : {"127.0.0.2", "127.0.0.1", "127.9.9.9"}) {
      const auto asked = at(address, scene.bound.port);
      REQUIRE(client.send_to(asked, "hello"));
      const auto answer = scene.answer_to(client);
      REQUIRE(answer);
      CHECK(answer->from == asked);
      CHECK(scene.handler.queries.back().client.local == asked.address);
    }
  }
  SECTION("IPv6") {
    Scene scene{at("::", 0)};
    test::Client client{SOCK_DGRAM, at("::1", 0)};
    const auto asked = at("::1", scene.bound.port);
    REQUIRE(client.send_to(asked, "hello"));
    const auto answer = scene.answer_to(client);
    REQUIRE(answer);
    CHECK(answer->from == asked);
    CHECK(scene.handler.queries.back().client.local == asked.address);
  }
}

TEST_CASE("more datagrams than a batch holds are all answered", "[server]") {
  constexpr std::size_t Count = UdpSocket::BatchSize * 5 + 3;
  Scene scene{test::loopback()};
  test::Client client{SOCK_DGRAM, test::loopback()};
  for (std::size_t i = 0; i < Count; ++i) REQUIRE(client.send_to(scene.bound, std::to_string(i)));
  std::set<std::string> answers;
  CHECK(test::run_until(scene.loop, [&] {
    while (const auto got = client.receive()) answers.insert(got->data);
    return answers.size() == Count;
  }));
  CHECK(scene.counters.get(Counter::send_errors) == 0);
}

TEST_CASE("answers given later leave by flush, more than fit in one batch too", "[server]") {
  constexpr std::size_t Count = UdpSocket::BatchSize * 3 + 1;
  Scene scene{test::loopback()};
  scene.handler.answer = nullptr;
  test::Client client{SOCK_DGRAM, test::loopback()};
  for (std::size_t i = 0; i < Count; ++i) REQUIRE(client.send_to(scene.bound, std::to_string(i)));
  REQUIRE(test::run_until(scene.loop, [&] { return scene.handler.queries.size() == Count; }));
  for (const auto& query : scene.handler.queries) scene.socket->send(query.client, test::bytes(query.message));
  scene.socket->flush();
  std::set<std::string> answers;
  CHECK(test::run_until(scene.loop, [&] {
    while (const auto got = client.receive()) answers.insert(got->data);
    return answers.size() == Count;
  }));
}

TEST_CASE("a datagram that cannot be sent is counted, and the others leave", "[server]") {
  Scene scene{test::loopback()};
  scene.handler.answer = [&](const pipeline::ClientRef& client, const std::string& message) {
    auto bad = client;
    bad.peer = at("127.0.0.1", 0);  // EINVAL
    scene.socket->send(client, test::bytes("1" + message));
    scene.socket->send(bad, test::bytes("2" + message));
    scene.socket->send(client, test::bytes("3" + message));
    return false;
  };
  test::Client client{SOCK_DGRAM, test::loopback()};
  REQUIRE(client.send_to(scene.bound, "x"));
  CHECK(scene.answer_to(client)->data == "1x");
  CHECK(scene.answer_to(client)->data == "3x");
  CHECK(scene.counters.get(Counter::send_errors) == 1);
}

TEST_CASE("an answer that is too long is counted, not sent", "[server]") {
  Scene scene{test::loopback()};
  scene.handler.answer = [&](const pipeline::ClientRef& client, const std::string&) {
    scene.socket->send(client, test::Bytes(5000));
    scene.socket->send(client, test::bytes("short"));
    return false;
  };
  test::Client client{SOCK_DGRAM, test::loopback()};
  REQUIRE(client.send_to(scene.bound, "x"));
  CHECK(scene.answer_to(client)->data == "short");
  CHECK(scene.counters.get(Counter::send_errors) == 1);
}

TEST_CASE("what the kernel dropped is counted", "[server]") {
  Scene scene{test::loopback()};
  test::Client client{SOCK_DGRAM, test::loopback()};
  const std::string big(1200, 'x');
  for (int i = 0; i < 8000; ++i) client.send_to(scene.bound, big);
  std::size_t received = 0;
  scene.handler.answer = [&](const auto&, const auto&) {
    ++received;
    return false;
  };
  // The next datagram that comes in tells how many were lost before it.
  test::run_until(scene.loop, [&] {
    client.send_to(scene.bound, big);
    return scene.counters.get(Counter::kernel_drops) > 0;
  });
  CHECK(scene.counters.get(Counter::kernel_drops) > 0);
  CHECK(received + scene.counters.get(Counter::kernel_drops) >= 8000);
}

TEST_CASE("what arrived before receiving ends is still answered", "[server]") {
  Scene scene{test::loopback()};
  test::Client client{SOCK_DGRAM, test::loopback()};
  for (int i = 0; i < 100; ++i) REQUIRE(client.send_to(scene.bound, std::to_string(i)));
  scene.socket->stop_receiving();
  CHECK(scene.handler.queries.size() == 100);
  REQUIRE(client.send_to(scene.bound, "late"));
  std::size_t answers = 0;
  CHECK(test::run_until(scene.loop, [&] {
    while (client.receive()) ++answers;
    return answers == 100;
  }));
  CHECK(scene.handler.queries.size() == 100);
}

TEST_CASE("the sockets of several workers share the load of one port", "[server]") {
  auto opened = open_listeners(std::vector{test::loopback()}, 2);
  REQUIRE(opened);
  uv::Loop loop;
  stats::Counters counters;
  test::Handler one, other;
  one.answer = other.answer = [](const auto&, const auto&) { return false; };
  auto& listener = opened->front();
  UdpSocket first{loop, std::move(listener.udp[0]), listener.address, 0, one, counters};
  UdpSocket second{loop, std::move(listener.udp[1]), listener.address, 0, other, counters};
  for (int i = 0; i < 64; ++i) {
    test::Client client{SOCK_DGRAM, test::loopback()};
    REQUIRE(client.send_to(listener.address, "x"));
  }
  CHECK(test::run_until(loop, [&] { return one.queries.size() + other.queries.size() == 64; }));
  CHECK(one.queries.size() > 5);
  CHECK(other.queries.size() > 5);
}
