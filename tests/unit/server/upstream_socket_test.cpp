#include "server/upstream_socket.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "unit/server/support.h"
#include "uv/before_wait.h"

using namespace aven;
using namespace aven::server;
using test::framed;
using upstream::NoSocket;
using upstream::Transport;

namespace {

class Replies final : public ReplyReceiver {
 public:
  void on_reply(upstream::ServerIndex server, upstream::SocketId socket, Transport transport,
                std::span<const std::uint8_t> message, Tick) noexcept override {
    replies.push_back({server, socket, transport, test::text(message)});
  }
  void on_send_error(upstream::ServerIndex server, upstream::SocketId socket, Tick) noexcept override {
    errors.push_back({server, socket, Transport::Udp, ""});
  }
  void on_ask_error(upstream::ServerIndex, upstream::SocketId, std::uint16_t, Tick) noexcept override {}
  void on_handshake(bool) noexcept override {}
  void on_server_state(upstream::ServerIndex, const std::string&) noexcept override {}
  struct Reply {
    upstream::ServerIndex server;
    upstream::SocketId socket;
    Transport transport;
    std::string message;
  };
  std::vector<Reply> replies, errors;
};

upstream::UpstreamSet set_of(const std::vector<Endpoint>& servers, bool fresh_port = false) {
  upstream::UpstreamSet set;
  for (const auto& endpoint : servers) {
    upstream::Server server;
    server.endpoint = endpoint;
    server.fresh_port = fresh_port;
    set.servers.push_back(server);
  }
  return set;
}

struct Scene {
  explicit Scene(bool fresh_port = false) {
    address = test::name_of(server.fd.get());
    sockets->use(set_of({address}, fresh_port), {});
  }
  upstream::SocketId ask(std::string_view message, Transport transport = Transport::Udp) {
    return sockets->send(0, transport, test::bytes(message), now);
  }
  test::Client::Received asked() {
    std::optional<test::Client::Received> got;
    test::run_until(loop, [&] { return (got = server.receive()).has_value(); });
    REQUIRE(got);
    return *got;
  }

  uv::Loop loop;
  SystemRandom random;
  Replies receiver;
  test::Client server{SOCK_DGRAM, test::loopback()};
  Endpoint address;
  Tick now = read_tick();
  std::unique_ptr<UpstreamSockets> sockets = std::make_unique<UpstreamSockets>(loop, random, receiver);
  uv::BeforeWait before_wait{loop, [this] {
                               while (sockets->has_work()) sockets->flush();
                             }};
};

// A server that accepts one connection after the other.
struct StreamServer {
  StreamServer() {
    REQUIRE(listen(socket.fd.get(), 8) == 0);
    address = test::name_of(socket.fd.get());
  }
  FileDescriptor accepted(uv::Loop& loop) const {
    FileDescriptor fd;
    test::run_until(loop, [&] {
      fd = FileDescriptor{accept4(socket.fd.get(), nullptr, nullptr, SOCK_NONBLOCK)};
      return static_cast<bool>(fd);
    });
    REQUIRE(fd);
    return fd;
  }
  static std::string read(uv::Loop& loop, const FileDescriptor& from, std::size_t size) {
    std::string all;
    test::run_until(loop, [&] {
      char buffer[4096];
      const auto got = recv(from.get(), buffer, sizeof buffer, 0);
      if (got > 0) all.append(buffer, static_cast<std::size_t>(got));
      return all.size() >= size;
    });
    return all;
  }

  test::Client socket{SOCK_STREAM, test::loopback()};
  Endpoint address;
};

}  // namespace

TEST_CASE("a question leaves and its reply comes back on its socket", "[server]") {
  Scene scene;
  const auto socket = scene.ask("question");
  REQUIRE(socket != NoSocket);
  const auto got = scene.asked();
  CHECK(got.data == "question");
  scene.server.send_to(got.from, "reply");
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.replies.empty(); }));
  const auto& reply = scene.receiver.replies[0];
  CHECK(reply.server == 0);
  CHECK(reply.socket == socket);
  CHECK(reply.transport == Transport::Udp);
  CHECK(reply.message == "reply");
}

TEST_CASE("a datagram from elsewhere is never seen", "[server]") {
  Scene scene;
  scene.ask("question");
  const auto got = scene.asked();
  test::Client liar{SOCK_DGRAM, test::loopback()};
  liar.send_to(got.from, "forged");
  scene.server.send_to(got.from, "true");
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.receiver.replies.size() == 1);
  CHECK(scene.receiver.replies[0].message == "true");
}

TEST_CASE("asks leave by many ports, drawn at random over the whole range", "[server]") {
  Scene scene;
  std::set<std::uint16_t> ports;
  std::size_t low = 0, high = 0;
  for (int i = 0; i < 640; ++i) {
    REQUIRE(scene.ask("q") != NoSocket);
    if (ports.insert(scene.asked().from.port).second) ++(*ports.rbegin() < 32768 ? low : high);
  }
  CHECK(ports.size() >= 60);  // of 64 places
  CHECK(*ports.begin() >= 1024);
  CHECK(*ports.begin() < 16384);
  CHECK(*ports.rbegin() > 49152);
  CHECK(scene.sockets->open_sockets(0) == ports.size());
}

TEST_CASE("a socket is given up after 128 asks, and its late replies still come", "[server]") {
  Scene scene;
  std::map<std::uint16_t, std::size_t> asks;
  std::map<std::uint16_t, upstream::SocketId> ids;
  std::optional<std::uint16_t> worn;
  for (int i = 0; i < 20000 && !worn; ++i) {
    const auto id = scene.ask("q");
    const auto port = scene.asked().from.port;
    ids[port] = id;
    if (++asks[port] == UpstreamSockets::AsksPerSocket) worn = port;
  }
  REQUIRE(worn);
  for (int i = 0; i < 1000; ++i) {
    scene.ask("q");
    REQUIRE(scene.asked().from.port != *worn);
  }
  scene.server.send_to(test::loopback(*worn), "late");
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.receiver.replies[0].socket == ids[*worn]);
}

TEST_CASE("a socket older than five seconds is not used again", "[server]") {
  Scene scene;
  std::set<std::uint16_t> young, old;
  for (int i = 0; i < 200; ++i) {
    scene.ask("q");
    young.insert(scene.asked().from.port);
  }
  scene.now += std::chrono::seconds{5};
  for (int i = 0; i < 200; ++i) {
    scene.ask("q");
    old.insert(scene.asked().from.port);
  }
  std::size_t both = 0;
  for (const auto port : old) both += young.count(port);
  CHECK(both <= 3);  // a number may be drawn twice
}

TEST_CASE("with fresh_port each ask has a port of its own", "[server]") {
  Scene scene{true};
  std::set<std::uint16_t> ports;
  std::set<upstream::SocketId> ids;
  for (int i = 0; i < 200; ++i) {
    ids.insert(scene.ask("q"));
    ports.insert(scene.asked().from.port);
  }
  CHECK(ids.size() == 200);
  CHECK(ports.size() >= 198);
}

TEST_CASE("a server that is down is told of, and used again when it is up", "[server]") {
  Scene scene;
  const auto address = scene.address;
  scene.server.fd = FileDescriptor{};
  std::set<upstream::SocketId> asked;
  for (int i = 0; i < 100; ++i) {
    const auto id = scene.ask("q");
    if (id != NoSocket) asked.insert(id);
  }
  REQUIRE_FALSE(asked.empty());
  REQUIRE(test::run_until(scene.loop, [&] {
    for (const auto& error : scene.receiver.errors) asked.erase(error.socket);
    return asked.empty();
  }));

  scene.server = test::Client{SOCK_DGRAM, address};
  for (int i = 0; i < 200; ++i) {
    const auto before = scene.receiver.replies.size();
    REQUIRE(scene.ask("q") != NoSocket);
    scene.server.send_to(scene.asked().from, "reply");
    REQUIRE(test::run_until(scene.loop, [&] { return scene.receiver.replies.size() > before; }));
  }
}

TEST_CASE("sockets of a server that stays are kept under its new index", "[server]") {
  Scene scene;
  test::Client other{SOCK_DGRAM, test::loopback()};
  const auto id = scene.ask("q");
  const auto from = scene.asked().from;
  scene.sockets->use(set_of({test::name_of(other.fd.get()), scene.address}), {});
  scene.server.send_to(from, "reply");
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.replies.empty(); }));
  CHECK(scene.receiver.replies[0].server == 1);
  CHECK(scene.receiver.replies[0].socket == id);

  scene.sockets->use(set_of({test::name_of(other.fd.get())}), {});
  CHECK(scene.sockets->open_sockets(0) == 0);
  CHECK(scene.sockets->open_sockets(1) == 0);
  CHECK(scene.sockets->send(1, Transport::Udp, test::bytes("q"), scene.now) == NoSocket);
}

TEST_CASE("a stream is kept, pipelined, and its replies may come split and in any order", "[server]") {
  StreamServer server;
  Scene scene;
  scene.sockets->use(set_of({server.address}), {});
  const auto id = scene.ask("one", Transport::Stream);
  REQUIRE(id != NoSocket);
  CHECK(scene.ask("two", Transport::Stream) == id);
  const auto peer = server.accepted(scene.loop);
  const auto both = framed("one") + framed("two");
  REQUIRE(StreamServer::read(scene.loop, peer, both.size()) == both);
  for (const char octet : framed("re: two") + framed("re: one")) {
    REQUIRE(send(peer.get(), &octet, 1, MSG_NOSIGNAL) == 1);
    scene.loop.run_once();
  }
  REQUIRE(test::run_until(scene.loop, [&] { return scene.receiver.replies.size() == 2; }));
  CHECK(scene.receiver.replies[0].message == "re: two");
  CHECK(scene.receiver.replies[1].message == "re: one");
  CHECK(scene.receiver.replies[1].socket == id);
  CHECK(scene.receiver.replies[1].transport == Transport::Stream);
  CHECK(scene.ask("three", Transport::Stream) == id);
}

TEST_CASE("a stream that breaks is told of if something was asked, and opened anew", "[server]") {
  StreamServer server;
  Scene scene;
  scene.sockets->use(set_of({server.address}), {});
  const auto first = scene.ask("one", Transport::Stream);
  {
    const auto peer = server.accepted(scene.loop);
    REQUIRE(StreamServer::read(scene.loop, peer, 5) == framed("one"));
  }
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.errors.empty(); }));
  CHECK(scene.receiver.errors[0].socket == first);

  const auto second = scene.ask("two", Transport::Stream);
  REQUIRE(second != NoSocket);
  CHECK(second != first);
  {
    const auto peer = server.accepted(scene.loop);
    REQUIRE(StreamServer::read(scene.loop, peer, 5) == framed("two"));
    REQUIRE(send(peer.get(), framed("re").data(), 4, MSG_NOSIGNAL) == 4);
    REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.replies.empty(); }));
  }
  REQUIRE(test::run_until(scene.loop, [&] { return scene.sockets->open_sockets(0) == 0; }));
  CHECK(scene.receiver.errors.size() == 1);  // nothing was outstanding
}

TEST_CASE("a stream that cannot connect is told of", "[server]") {
  Endpoint closed;
  {
    StreamServer server;
    closed = server.address;
  }
  Scene scene;
  scene.sockets->use(set_of({closed}), {});
  const auto id = scene.ask("one", Transport::Stream);
  if (id == NoSocket) return;  // told at once
  REQUIRE(test::run_until(scene.loop, [&] { return !scene.receiver.errors.empty(); }));
  CHECK(scene.receiver.errors[0].socket == id);
}

TEST_CASE("an encrypted server gets nothing in plain text", "[server]") {
  Scene scene;
  auto set = set_of({scene.address});
  set.servers[0].protocol = upstream::Protocol::Tls;
  scene.sockets->use(set, {});
  CHECK(scene.ask("q") == NoSocket);
  CHECK(scene.ask("q", Transport::Stream) == NoSocket);
}
