#include "server/tcp_listener.h"

#include <catch2/catch.hpp>

#include "unit/server/support.h"
#include "uv/before_wait.h"

using namespace aven;
using namespace aven::server;
using namespace std::chrono_literals;
using stats::Counter;
using test::framed;

namespace {

struct Scene {
  explicit Scene(const TcpLimits& limits = {}) {
    auto opened = open_listeners(std::vector{test::loopback()}, 1);
    REQUIRE(opened);
    bound = opened->front().address;
    listener = std::make_unique<TcpListener>(loop, std::move(opened->front().tcp.front()), std::uint16_t{3}, handler,
                                             counters, admission, limits);
  }
  std::unique_ptr<test::Client> connect() {
    auto client = std::make_unique<test::Client>(SOCK_STREAM, test::loopback());
    REQUIRE(client->connect_to(bound));
    const auto seen = [this] { return counters.get(Counter::tcp_connections) + counters.get(Counter::tcp_refused); };
    const auto before = seen();
    REQUIRE(test::run_until(loop, [&] { return seen() > before; }));
    return client;
  }
  bool query_count_is(std::size_t count) {
    return test::run_until(loop, [&] { return handler.queries.size() >= count; }) && handler.queries.size() == count;
  }
  bool answer(std::size_t query, std::string_view text) {
    return listener->send(handler.queries.at(query).client, test::bytes(text));
  }
  // Reads until `size` octets are there or the stream ends.
  std::string read(const test::Client& client, std::size_t size) {
    std::string all;
    bool ended = false;
    test::run_until(loop, [&] {
      while (const auto got = client.receive()) {
        ended = ended || got->data.empty();
        if (ended) break;
        all += got->data;
      }
      return ended || all.size() >= size;
    });
    return all;
  }
  bool closes(const test::Client& client) {
    return test::run_until(loop, [&] {
      char octet;
      const auto got = ::recv(client.fd.get(), &octet, 1, 0);
      return got == 0 || (got < 0 && errno != EAGAIN);
    });
  }

  uv::Loop loop;
  stats::Counters counters;
  TcpAdmission admission;
  test::Handler handler;
  Endpoint bound;
  std::unique_ptr<TcpListener> listener;
  uv::BeforeWait before_wait{loop, [this] { listener->flush(); }};
};

}  // namespace

TEST_CASE("a query sent octet by octet is answered", "[server]") {
  Scene scene;
  const auto client = scene.connect();
  for (const char octet : framed("hello")) {
    REQUIRE(client->write({&octet, 1}));
    scene.loop.run_once();
  }
  REQUIRE(scene.query_count_is(1));
  CHECK(scene.handler.queries[0].message == "hello");
  CHECK(scene.handler.queries[0].client.peer == test::name_of(client->fd.get()));
  CHECK(scene.handler.queries[0].client.local == scene.bound.address);
  CHECK(scene.handler.queries[0].client.listener == 3);
  CHECK(scene.answer(0, "answer"));
  CHECK(scene.read(*client, 8) == framed("answer"));
}

TEST_CASE("pipelined queries are answered in the order in which answers are ready", "[server]") {
  Scene scene;
  const auto client = scene.connect();
  REQUIRE(client->write(framed("one") + framed("two") + framed("three")));
  REQUIRE(scene.query_count_is(3));
  CHECK(scene.answer(2, "3"));
  CHECK(scene.answer(0, "1"));
  CHECK(scene.read(*client, 6) == framed("3") + framed("1"));
  CHECK(scene.answer(1, "2"));
  CHECK(scene.read(*client, 3) == framed("2"));
}

TEST_CASE("many queries in one segment are all answered, in order", "[server]") {
  Scene scene;
  scene.handler.answer = [&](const auto& client, const std::string& message) {
    scene.listener->send(client, test::bytes(message));
    return false;
  };
  const auto client = scene.connect();
  std::string sent;
  for (int i = 0; i < 500; ++i) sent += framed("query " + std::to_string(i));
  REQUIRE(client->write(sent));
  CHECK(scene.read(*client, sent.size()) == sent);
}

TEST_CASE("a client that resets while its answer is on the way ends nothing", "[server]") {
  Scene scene;
  auto client = scene.connect();
  const auto other = scene.connect();
  REQUIRE(client->write(framed("one") + framed("two")));
  REQUIRE(scene.query_count_is(2));
  const linger now{1, 0};
  setsockopt(client->fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  client.reset();
  SECTION("the answer comes before the reset is seen") {
    scene.answer(0, "1");
  }
  SECTION("the answer comes after it") {
    REQUIRE(test::run_until(scene.loop, [&] { return scene.listener->connection_count() == 1; }));
    CHECK_FALSE(scene.answer(0, "1"));
  }
  REQUIRE(test::run_until(scene.loop, [&] { return scene.listener->connection_count() == 1; }));
  CHECK_FALSE(scene.answer(1, "2"));
  REQUIRE(other->write(framed("three")));
  REQUIRE(scene.query_count_is(3));
  CHECK(scene.answer(2, "3"));
  CHECK(scene.read(*other, 3) == framed("3"));
}

TEST_CASE("a slot that is used again does not get the old connection's answer", "[server]") {
  Scene scene;
  auto client = scene.connect();
  REQUIRE(client->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  client.reset();
  REQUIRE(test::run_until(scene.loop, [&] {
    scene.answer(0, "late");  // it may leave as long as the end is not seen
    return scene.listener->connection_count() == 0;
  }));
  const auto next = scene.connect();
  REQUIRE(next->write(framed("two")));
  REQUIRE(scene.query_count_is(2));
  CHECK(scene.handler.queries[0].client.slot == scene.handler.queries[1].client.slot);
  CHECK_FALSE(scene.answer(0, "wrong"));
  CHECK(scene.answer(1, "right"));
  CHECK(scene.read(*next, 7) == framed("right"));
}

TEST_CASE("a client that ends its side still gets what it asked", "[server]") {
  Scene scene;
  const auto client = scene.connect();
  REQUIRE(client->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  shutdown(client->fd.get(), SHUT_WR);
  scene.loop.run_once();
  CHECK(scene.answer(0, "1"));
  CHECK(scene.read(*client, 3) == framed("1"));
  CHECK(scene.closes(*client));
}

TEST_CASE("a connection with nothing to do is closed, one that waits for an answer is not", "[server]") {
  Scene scene{TcpLimits{.idle = 50ms}};
  const auto idle = scene.connect();
  const auto waits = scene.connect();
  REQUIRE(waits->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  CHECK(scene.closes(*idle));
  CHECK(scene.listener->connection_count() == 1);
  CHECK(scene.answer(0, "1"));
  CHECK(scene.read(*waits, 3) == framed("1"));
  CHECK(scene.closes(*waits));
}

TEST_CASE("octets that never become a query do not keep a connection open", "[server]") {
  Scene scene{TcpLimits{.idle = 50ms}};
  const auto client = scene.connect();
  CHECK(test::run_until(scene.loop, [&] {
    client->write("x");
    return scene.listener->connection_count() == 0;
  }));
}

TEST_CASE("a client has so many connections and no more", "[server]") {
  Scene scene{TcpLimits{.per_client = 2}};
  auto first = scene.connect();
  const auto second = scene.connect();
  const auto third = scene.connect();
  CHECK(scene.closes(*third));
  CHECK(scene.counters.get(Counter::tcp_refused) == 1);
  first.reset();
  REQUIRE(test::run_until(scene.loop, [&] { return scene.listener->connection_count() == 1; }));
  const auto fourth = scene.connect();
  CHECK(scene.counters.get(Counter::tcp_refused) == 1);
}

TEST_CASE("when all connections are taken the idlest makes room, a busy one does not", "[server]") {
  Scene scene{TcpLimits{.connections = 2}};
  const auto busy = scene.connect();
  REQUIRE(busy->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  const auto idle = scene.connect();
  const auto next = scene.connect();
  CHECK(scene.closes(*idle));
  REQUIRE(next->write(framed("two")));
  REQUIRE(scene.query_count_is(2));
  const auto too_many = scene.connect();
  CHECK(scene.closes(*too_many));
  CHECK(scene.counters.get(Counter::tcp_refused) == 1);
  CHECK(scene.answer(0, "1"));
  CHECK(scene.answer(1, "2"));
}

TEST_CASE("a connection takes no more queries than may wait, and goes on when answers leave", "[server]") {
  Scene scene{TcpLimits{.pipelined = 3}};
  const auto client = scene.connect();
  std::string all;
  for (int i = 0; i < 10; ++i) all += framed(std::to_string(i));
  REQUIRE(client->write(all));
  REQUIRE(scene.query_count_is(3));
  for (std::size_t i = 0; i < 10; ++i) {
    REQUIRE(test::run_until(scene.loop, [&] { return scene.handler.queries.size() > i; }));
    CHECK(scene.handler.queries.size() <= i + 3);
    CHECK(scene.answer(i, scene.handler.queries[i].message));
  }
  CHECK(scene.read(*client, all.size()) == all);
}

TEST_CASE("a client that does not read is closed when too much waits for it", "[server]") {
  Scene scene{TcpLimits{.pipelined = 100000, .unsent_bytes = 128 << 10}};
  const auto client = scene.connect();
  REQUIRE(client->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  const std::string big(30000, 'x');
  bool taken = true;
  for (int i = 0; i < 2000 && taken; ++i) {
    taken = scene.answer(0, big);
    scene.listener->flush();
  }
  CHECK_FALSE(taken);
  CHECK(scene.listener->connection_count() == 0);
}

TEST_CASE("a client that reads slowly gets everything, and is not asked for more meanwhile", "[server]") {
  Scene scene{TcpLimits{.unsent_bytes = 256 << 10}};
  const std::string big(20000, 'x');
  scene.handler.answer = [&](const auto& client, const std::string&) {
    scene.listener->send(client, test::bytes(big));
    return false;
  };
  const auto client = scene.connect();
  std::string queries;
  constexpr std::size_t Count = 1000;  // 20 MB of answers: more than socket buffers and limit hold
  for (std::size_t i = 0; i < Count; ++i) queries += framed("q");
  REQUIRE(client->write(queries));
  std::size_t got = 0;
  CHECK(test::run_until(scene.loop, [&] {
    if (const auto part = client->receive()) got += part->data.size();
    return got == Count * (big.size() + 2);
  }));
  CHECK(scene.listener->connection_count() == 1);
}

TEST_CASE("a rule's drop closes the connection, also while its query is worked on", "[server]") {
  Scene scene;
  scene.handler.answer = [&](const pipeline::ClientRef& client, const std::string& message) {
    if (message == "drop") scene.listener->drop(client);
    return false;
  };
  const auto client = scene.connect();
  REQUIRE(client->write(framed("keep") + framed("drop") + framed("never seen")));
  CHECK(scene.closes(*client));
  CHECK(scene.handler.queries.size() == 2);
  CHECK(scene.listener->connection_count() == 0);
}

TEST_CASE("when accepting ends, open connections are still answered", "[server]") {
  Scene scene;
  const auto client = scene.connect();
  REQUIRE(client->write(framed("one")));
  REQUIRE(scene.query_count_is(1));
  scene.listener->stop_accepting();
  CHECK(scene.answer(0, "1"));
  CHECK(scene.read(*client, 3) == framed("1"));
}

TEST_CASE("the listeners of several workers share the connections of one port", "[server]") {
  auto opened = open_listeners(std::vector{test::loopback()}, 2);
  REQUIRE(opened);
  uv::Loop loop;
  stats::Counters counters;
  TcpAdmission admission;
  test::Handler handler;
  auto& listener = opened->front();
  const TcpLimits limits{.per_client = 100};
  TcpListener first{loop, std::move(listener.tcp[0]), 0, handler, counters, admission, limits};
  TcpListener second{loop, std::move(listener.tcp[1]), 0, handler, counters, admission, limits};
  std::vector<std::unique_ptr<test::Client>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<test::Client>(SOCK_STREAM, test::loopback()));
    REQUIRE(clients.back()->connect_to(listener.address));
  }
  CHECK(test::run_until(loop, [&] { return first.connection_count() + second.connection_count() == 64; }));
  CHECK(first.connection_count() > 5);
  CHECK(second.connection_count() > 5);
}
