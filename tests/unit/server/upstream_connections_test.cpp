#include "server/upstream_connections.h"

#include <array>
#include <catch2/catch.hpp>
#include <set>

#include "dns/answer.h"
#include "dns/padding.h"
#include "server/frame_buffer.h"
#include "unit/server/fake_bootstrap.h"
#include "unit/server/support.h"
#include "unit/server/tls_peer.h"
#include "uv/before_wait.h"

using namespace aven;
using namespace aven::server;
using namespace std::chrono_literals;
using test::make_identity;
using upstream::NoSocket;
using upstream::SocketId;

namespace {

const test::Identity& authority() {
  static const test::Identity it = make_identity("");
  return it;
}

test::Bytes question(std::uint16_t id) {
  std::array<std::uint8_t, 512> out{};
  dns::Ask ask;
  ask.name = *dns::Name::from_text("www.example");
  const auto message = dns::write_upstream_query(out, ask, id, true);
  return {message.begin(), message.end()};
}

class Receiver final : public ReplyReceiver {
 public:
  void on_reply(upstream::ServerIndex, SocketId socket, upstream::Transport, std::span<const std::uint8_t> message,
                Tick) noexcept override {
    replies.emplace_back(socket, test::text(message));
  }
  void on_send_error(upstream::ServerIndex, SocketId socket, Tick) noexcept override { errors.push_back(socket); }
  void on_ask_error(upstream::ServerIndex, SocketId, std::uint16_t id, Tick) noexcept override { failed.push_back(id); }
  void on_handshake(bool was_resumed) noexcept override { resumed.push_back(was_resumed); }
  void on_server_state(upstream::ServerIndex, const std::string& trouble) noexcept override {
    troubles.push_back(trouble);
  }

  std::vector<std::pair<SocketId, std::string>> replies;
  std::vector<SocketId> errors;
  std::vector<std::uint16_t> failed;
  std::vector<bool> resumed;
  std::vector<std::string> troubles;
};

// A server on loopback; what its connections say is kept in one list.
class Peer {
 public:
  struct Connection {
    FileDescriptor fd;
    std::unique_ptr<test::TlsServer> tls;  // null: it never answers
    FrameBuffer in;
  };

  Peer() {
    REQUIRE(listen(socket_.fd.get(), 64) == 0);
    address = test::name_of(socket_.fd.get());
  }
  void turn() {
    for (FileDescriptor fd; (fd = FileDescriptor{accept4(socket_.fd.get(), nullptr, nullptr, SOCK_NONBLOCK)});) {
      auto tls = context == nullptr ? nullptr : std::make_unique<test::TlsServer>(*context);
      connections.push_back({std::move(fd), std::move(tls), {}});
    }
    for (auto& connection : connections) read(connection);
  }
  void write(Connection& to, std::string_view text) {
    to.tls->write(text);
    send_output(to);
  }
  // The kernel tells the other side by a reset.
  static void reset(Connection& connection) {
    const linger at_once{1, 0};
    setsockopt(connection.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    connection.fd = FileDescriptor{};
  }

  Endpoint address;
  test::TlsServerContext* context = nullptr;
  std::vector<Connection> connections;
  std::vector<std::string> asked;

 private:
  void read(Connection& from) {
    std::array<std::uint8_t, 65536> buffer;
    ssize_t size = 0;
    while (from.fd && from.tls && (size = recv(from.fd.get(), buffer.data(), buffer.size(), 0)) > 0) {
      from.in.append(test::bytes(from.tls->receive(std::span{buffer}.first(static_cast<std::size_t>(size)))));
      while (const auto message = from.in.next()) asked.push_back(test::text(*message));
      send_output(from);
    }
  }
  static void send_output(Connection& to) {
    const auto out = to.tls->take_output();
    if (!out.empty()) REQUIRE(send(to.fd.get(), out.data(), out.size(), MSG_NOSIGNAL) > 0);
  }

  test::Client socket_{SOCK_STREAM, test::loopback()};
};

struct Scene {
  // With `bootstrap` the server is known by name alone.
  explicit Scene(const std::string& name = "dns.example", upstream::Protocol protocol = upstream::Protocol::Tls,
                 test::FakeBootstrap* bootstrap = nullptr)
      : lookups(bootstrap) {
    peer.context = &good;
    upstream::Server server;
    server.endpoint = peer.address;
    if (bootstrap != nullptr) {
      server.endpoint.address = {};
      server.bootstrap = {bootstrap->address};
    }
    server.protocol = protocol;
    server.tls_name = name;
    connections = std::make_unique<UpstreamConnections>(loop, ids, random, receiver, server);
    connections->use(0, *TlsContext::of_authorities(authority().pem()));
  }
  SocketId ask(std::uint16_t id, Duration later = {}) { return connections->send(question(id), now + later); }
  bool until(const std::function<bool()>& done) {
    return test::run_until(loop, [&] {
      peer.turn();
      if (lookups != nullptr) lookups->turn();
      return done();
    });
  }
  bool until_asked(std::size_t count) {
    return until([&] { return peer.asked.size() >= count; });
  }

  test::FakeBootstrap* lookups;
  test::Identity identity = make_identity("DNS:dns.example", &authority());
  test::TlsServerContext good{identity};
  uv::Loop loop;
  SocketIds ids;
  SystemRandom random;
  Receiver receiver;
  Peer peer;
  Tick now = read_tick();
  std::unique_ptr<UpstreamConnections> connections;
  uv::BeforeWait before_wait{loop, [this] {
                               while (connections->has_work()) connections->flush(read_tick());
                             }};
};

}  // namespace

TEST_CASE("questions share one TLS connection and are padded; replies come in any order", "[server]") {
  Scene scene;
  const auto socket = scene.ask(1);
  REQUIRE(socket != NoSocket);
  CHECK(scene.ask(2) == socket);
  REQUIRE(scene.until_asked(2));
  for (const auto& asked : scene.peer.asked) CHECK(asked.size() == dns::PaddingBlock);
  CHECK(scene.ask(3) == socket);
  REQUIRE(scene.until_asked(3));
  scene.peer.write(scene.peer.connections[0], test::framed("three") + test::framed("one") + test::framed("two"));
  REQUIRE(scene.until([&] { return scene.receiver.replies.size() == 3; }));
  CHECK(scene.receiver.replies[0] == std::pair{socket, std::string{"three"}});
  CHECK(scene.receiver.replies[2] == std::pair{socket, std::string{"two"}});
  CHECK(scene.receiver.resumed == std::vector<bool>{false});
  CHECK(scene.connections->open_count() == 1);
}

TEST_CASE("a reply may come octet by octet", "[server]") {
  Scene scene;
  scene.ask(1);
  REQUIRE(scene.until_asked(1));
  for (const char octet : test::framed("reply")) {
    scene.peer.write(scene.peer.connections[0], std::string_view{&octet, 1});
    scene.loop.run_once();
  }
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.receiver.replies[0].second == "reply");
}

TEST_CASE("a connection that the server closed is opened anew by its session", "[server]") {
  Scene scene;
  const auto first = scene.ask(1);
  REQUIRE(scene.until_asked(1));
  scene.peer.write(scene.peer.connections[0], test::framed("reply"));
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  scene.peer.connections[0].fd = FileDescriptor{};
  REQUIRE(scene.until([&] { return scene.connections->open_count() == 0; }));
  CHECK(scene.receiver.errors.empty());  // nothing was awaited

  const auto second = scene.ask(2);
  CHECK(second != first);
  REQUIRE(scene.until_asked(2));
  CHECK(scene.receiver.resumed == std::vector<bool>{false, true});
}

TEST_CASE("a reset in the middle of a reply is told, and the next question opens a connection", "[server]") {
  Scene scene;
  const auto first = scene.ask(1);
  REQUIRE(scene.until_asked(1));
  scene.peer.write(scene.peer.connections[0], test::framed("reply").substr(0, 4));
  Peer::reset(scene.peer.connections[0]);
  REQUIRE(scene.until([&] { return !scene.receiver.errors.empty(); }));
  CHECK(scene.receiver.errors == std::vector<SocketId>{first});
  CHECK(scene.receiver.replies.empty());
  CHECK(scene.receiver.troubles.empty());  // the network's, not the administrator's
  scene.ask(2);
  CHECK(scene.until_asked(2));
}

TEST_CASE("a server that never shakes hands gets a second connection after a second, and few in all", "[server]") {
  Scene scene;
  scene.peer.context = nullptr;
  const auto first = scene.ask(1);
  CHECK(scene.ask(2, 900ms) == first);
  const auto second = scene.ask(3, 1100ms);
  CHECK(second != first);
  std::set<SocketId> sockets;
  for (int i = 0; i < 50; ++i) sockets.insert(scene.ask(4, 1100ms * i));
  CHECK(scene.connections->open_count() == UpstreamConnections::MaxOpen);
  int turns = 0;  // until the loop knows of the connections
  REQUIRE(scene.until([&] { return scene.peer.connections.size() == UpstreamConnections::MaxOpen && ++turns > 20; }));
  scene.connections->sweep(scene.now + 3min);
  CHECK(scene.connections->open_count() == 0);
  CHECK(scene.receiver.errors.size() == UpstreamConnections::MaxOpen);
  CHECK(scene.receiver.troubles.size() == 1);
}

TEST_CASE("a connection on which nothing comes back is left to wait", "[server]") {
  Scene scene;
  const auto first = scene.ask(1);
  REQUIRE(scene.until_asked(1));
  const Duration silence = read_tick() - scene.now + 400ms;
  const auto second = scene.ask(2, silence);
  CHECK(second != first);
  REQUIRE(scene.until_asked(2));
  scene.peer.write(scene.peer.connections[0], test::framed("late"));
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.receiver.replies[0].first == first);
}

TEST_CASE("a certificate for another name is told once, and not tried again for a second", "[server]") {
  Scene scene{"other.example"};
  const auto first = scene.ask(1);
  REQUIRE(scene.until([&] { return !scene.receiver.errors.empty(); }));
  CHECK(scene.receiver.errors == std::vector<SocketId>{first});
  REQUIRE(scene.receiver.troubles.size() == 1);
  CHECK(scene.receiver.troubles[0].find("not for other.example") != std::string::npos);

  CHECK(scene.ask(2, read_tick() - scene.now) == NoSocket);
  const Duration later = read_tick() - scene.now + 1100ms;
  CHECK(scene.ask(3, later) != NoSocket);
  REQUIRE(scene.until([&] { return scene.receiver.errors.size() == 2; }));
  CHECK(scene.receiver.troubles.size() == 1);
  CHECK(scene.peer.asked.empty());
  CHECK(scene.receiver.resumed.empty());
}

TEST_CASE("a server known by name alone is looked up; where an address refuses, the next one is tried", "[server]") {
  test::FakeBootstrap bootstrap;
  bootstrap.answers[test::FakeBootstrap::TypeA] = {{"\x7f\0\0\2", 4}, {"\x7f\0\0\1", 4}};  // nobody is at the first
  Scene scene{"dns.example", upstream::Protocol::Tls, &bootstrap};
  const auto first = scene.ask(1);
  REQUIRE(first != NoSocket);
  CHECK(scene.ask(2) == first);  // they wait for the address together
  REQUIRE(scene.until([&] { return !scene.receiver.errors.empty(); }));
  REQUIRE(scene.ask(3) != NoSocket);
  REQUIRE(scene.until_asked(1));
  CHECK(scene.receiver.troubles.empty());
}

TEST_CASE("a name that nobody knows is told, and not looked up again for a second", "[server]") {
  test::FakeBootstrap bootstrap;
  Scene scene{"dns.example", upstream::Protocol::Tls, &bootstrap};
  const auto first = scene.ask(1);
  REQUIRE(scene.until([&] { return !scene.receiver.errors.empty(); }));
  CHECK(scene.receiver.errors == std::vector<SocketId>{first});
  REQUIRE(scene.receiver.troubles.size() == 1);
  CHECK(scene.receiver.troubles[0].find("no address") != std::string::npos);
  const int asked = bootstrap.asked;
  CHECK(scene.ask(2, read_tick() - scene.now) == NoSocket);
  CHECK(scene.ask(3, read_tick() - scene.now + 1100ms) != NoSocket);
  CHECK(scene.until([&] { return bootstrap.asked > asked; }));
}

TEST_CASE("trouble is over when the server has answered and none was seen for a while", "[server]") {
  Scene scene;
  const auto old = make_identity("DNS:dns.example", &authority(), {-20, -1});
  test::TlsServerContext expired{old};
  scene.peer.context = &expired;
  scene.ask(1);
  REQUIRE(scene.until([&] { return scene.receiver.troubles.size() == 1; }));
  scene.peer.context = &scene.good;
  REQUIRE(scene.ask(2, read_tick() - scene.now + 1100ms) != NoSocket);
  REQUIRE(scene.until_asked(1));
  scene.peer.write(scene.peer.connections.back(), test::framed("reply"));
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  scene.connections->sweep(read_tick() + 5s);
  CHECK(scene.receiver.troubles.size() == 1);
  scene.connections->sweep(read_tick() + 11s);
  REQUIRE(scene.receiver.troubles.size() == 2);
  CHECK(scene.receiver.troubles[1].empty());
}

TEST_CASE("without authorities an encrypted server is not asked", "[server]") {
  Scene scene;
  scene.connections->use(0, nullptr);
  CHECK(scene.ask(1) == NoSocket);
  CHECK(scene.connections->open_count() == 0);
}

TEST_CASE("other authorities end the use of old sessions", "[server]") {
  Scene scene;
  scene.ask(1);
  REQUIRE(scene.until_asked(1));
  scene.peer.write(scene.peer.connections[0], test::framed("reply"));
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  scene.peer.connections[0].fd = FileDescriptor{};
  REQUIRE(scene.until([&] { return scene.connections->open_count() == 0; }));
  scene.connections->use(0, *TlsContext::of_authorities(make_identity("").pem()));
  scene.ask(2);
  REQUIRE(scene.until([&] { return !scene.receiver.troubles.empty(); }));
  CHECK(scene.receiver.resumed == std::vector<bool>{false});
}

TEST_CASE("an idle connection is closed in form", "[server]") {
  Scene scene;
  scene.ask(1);
  REQUIRE(scene.until_asked(1));
  scene.peer.write(scene.peer.connections[0], test::framed("reply"));
  REQUIRE(scene.until([&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.connections->sweep(read_tick() + 29s));
  CHECK(scene.connections->open_count() == 1);
  CHECK_FALSE(scene.connections->sweep(read_tick() + 31s));
  CHECK(scene.connections->open_count() == 0);
  CHECK(scene.receiver.errors.empty());
  CHECK(scene.until([&] { return scene.peer.connections[0].tls->was_closed(); }));
}

TEST_CASE("a full connection gets company, and the number of connections is bounded", "[server]") {
  Scene scene{"", upstream::Protocol::Plain};
  std::set<SocketId> sockets;
  for (std::uint16_t i = 0; i < 100; ++i) sockets.insert(scene.ask(i));
  CHECK(sockets.size() == 1);
  for (std::uint16_t i = 100; i < 2000; ++i) sockets.insert(scene.ask(i));
  CHECK(sockets.size() == UpstreamConnections::MaxTaking);
  CHECK(sockets.count(NoSocket) == 0);
  for (std::uint16_t i = 2000; i < 5000; ++i) sockets.insert(scene.ask(i));
  CHECK(sockets.count(NoSocket) == 1);
  CHECK(scene.connections->open_count() == UpstreamConnections::MaxTaking);
}
