#include "server/tls_client.h"

#include <catch2/catch.hpp>

#include "unit/server/support.h"
#include "unit/server/tls_peer.h"

using namespace aven;
using namespace aven::server;
using State = TlsClient::State;
using test::Identity;
using test::make_identity;
using test::TlsServer;
using test::TlsServerContext;

namespace {

const Identity& authority() {
  static const Identity it = make_identity("");
  return it;
}

struct Scene {
  explicit Scene(const Identity& identity, test::ServerChoices choices = {})
      : context(*TlsContext::of_authorities(authority().pem())), server_context(identity, std::move(choices)) {}

  // A connection from its start until nothing is left to be said, in pieces of `step` octets.
  TlsClient& shake_hands(const std::string& name, std::string_view alpn = "dot", bool alpn_required = false,
                         std::size_t step = 100000) {
    client = std::make_unique<TlsClient>(*context, name, alpn, alpn_required, sessions, now);
    server = std::make_unique<TlsServer>(server_context);
    client->start();
    exchange(step);
    return *client;
  }
  void exchange(std::size_t step = 100000) {
    for (bool any = true; any;) {
      Octets to_server;
      client->take_output(to_server);
      server_text += server->receive(to_server);
      const auto to_client = server->take_output();
      for (std::size_t i = 0; i < to_client.size(); i += step) {
        client->receive(std::span{to_client}.subspan(i, std::min(step, to_client.size() - i)), client_text, now);
      }
      any = !to_server.empty() || !to_client.empty();
    }
  }

  TlsContextPtr context;
  TlsServerContext server_context;
  TlsSessions sessions;
  Tick now{std::chrono::hours{100}};
  std::unique_ptr<TlsClient> client;
  std::unique_ptr<TlsServer> server;
  Octets client_text;
  std::string server_text;
};

Identity good_identity() {
  return make_identity("DNS:dns.example,IP:192.0.2.1", &authority());
}

bool tells(const TlsClient& client, const std::string& part) {
  INFO(client.why());
  CHECK(client.state() == State::Failed);
  return client.why().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("text goes both ways over TLS, however its octets are split", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  for (const std::size_t step : {100000U, 100U, 1U}) {
    auto& client = scene.shake_hands("dns.example", "dot", false, step);
    REQUIRE(client.state() == State::Ready);
    CHECK(scene.server->asked_name() == "dns.example");
    scene.client_text.clear();
    scene.server_text.clear();
    client.write(test::bytes("question"));
    scene.server->write("reply");
    scene.exchange(step);
    CHECK(scene.server_text == "question");
    CHECK(test::text(scene.client_text) == "reply");
  }
}

TEST_CASE("a certificate may be for the address", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  CHECK(scene.shake_hands("192.0.2.1").state() == State::Ready);
  CHECK(scene.server->asked_name().empty());  // RFC 6066 section 3: no addresses
  scene.sessions.clear();
  CHECK(tells(scene.shake_hands("192.0.2.2"), "not for 192.0.2.2; it is for dns.example, 192.0.2.1"));
}

TEST_CASE("a certificate for another name is refused before anything is said", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  for (const char* name : {"other.example", "x.dns.example", "example"}) {
    CHECK(tells(scene.shake_hands(name), std::string{"its certificate is not for "} + name));
    CHECK(scene.server_text.empty());
    CHECK_FALSE(scene.server->is_ready());
  }
}

TEST_CASE("names in a certificate are shown without what could harm a log", "[server]") {
  const auto identity = make_identity("DNS:a\x1b[31mb.example", &authority());
  Scene scene{identity};
  CHECK(tells(scene.shake_hands("dns.example"), "it is for a??31mb.example"));
}

TEST_CASE("certificates that ended or have not begun are refused", "[server]") {
  const auto old = make_identity("DNS:dns.example", &authority(), {-20, -1});
  Scene late{old};
  CHECK(tells(late.shake_hands("dns.example"), "its certificate ended on 20"));
  const auto young = make_identity("DNS:dns.example", &authority(), {1, 20});
  Scene early{young};
  CHECK(tells(early.shake_hands("dns.example"), "is the clock of this machine right?"));
}

TEST_CASE("certificates of other authorities, or of none, are refused", "[server]") {
  const auto other = make_identity("");
  const auto by_other = make_identity("DNS:dns.example", &other);
  Scene scene{by_other};
  CHECK(tells(scene.shake_hands("dns.example"), "an authority that is not known here"));
  const auto by_itself = make_identity("DNS:dns.example");
  Scene alone{by_itself};
  CHECK(tells(alone.shake_hands("dns.example"), "an authority that is not known here"));
  const auto by_server = good_identity();
  const auto by_no_authority = make_identity("DNS:dns.example", &by_server);
  Scene below{by_no_authority};
  CHECK(below.shake_hands("dns.example").state() == State::Failed);
}

TEST_CASE("versions of TLS before 1.2 are refused", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity, {.version = TLS1_1_VERSION}};
  CHECK(tells(scene.shake_hands("dns.example"), "no version of TLS from 1.2 on"));
  Scene two{identity, {.version = TLS1_2_VERSION}};
  CHECK(two.shake_hands("dns.example").state() == State::Ready);
}

TEST_CASE("what is no TLS is told", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  scene.client = std::make_unique<TlsClient>(*scene.context, "dns.example", "dot", false, scene.sessions, scene.now);
  scene.client->start();
  scene.client->receive(test::bytes("HTTP/1.1 400 Bad Request\r\n\r\n"), scene.client_text, scene.now);
  CHECK(tells(*scene.client, "does not speak TLS on this port"));
}

TEST_CASE("HTTP/2 must be agreed on, DNS over TLS need not", "[server]") {
  const auto identity = good_identity();
  Scene mute{identity};
  CHECK(tells(mute.shake_hands("dns.example", "h2", true), "does not speak HTTP/2"));
  CHECK(mute.shake_hands("dns.example", "dot").state() == State::Ready);
  Scene http{identity, {.alpn = "h2"}};
  CHECK(http.shake_hands("dns.example", "h2", true).state() == State::Ready);
  CHECK(tells(http.shake_hands("dns.example", "dot"), "does not speak this protocol"));
}

TEST_CASE("a second connection takes the session of the first, for an hour", "[server]") {
  const auto identity = good_identity();
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    Scene scene{identity, {.version = version}};
    CHECK_FALSE(scene.shake_hands("dns.example").was_resumed());
    scene.now += std::chrono::minutes{30};
    CHECK(scene.shake_hands("dns.example").was_resumed());
    CHECK(scene.client->state() == State::Ready);
    scene.now += std::chrono::minutes{31};  // the certificate was looked at an hour ago
    CHECK_FALSE(scene.shake_hands("dns.example").was_resumed());
  }
}

TEST_CASE("a server that has forgotten the session shakes hands in full", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  scene.shake_hands("dns.example");
  Scene restarted{identity};
  scene.client = std::make_unique<TlsClient>(*scene.context, "dns.example", "dot", false, scene.sessions, scene.now);
  scene.server = std::make_unique<TlsServer>(restarted.server_context);
  scene.client->start();
  scene.exchange();
  CHECK(scene.client->state() == State::Ready);
  CHECK_FALSE(scene.client->was_resumed());
}

TEST_CASE("a changed octet breaks the connection, and nothing more is read", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  auto& client = scene.shake_hands("dns.example");
  scene.server->write("reply");
  auto octets = scene.server->take_output();
  octets.back() ^= 1;
  client.receive(octets, scene.client_text, scene.now);
  CHECK(tells(client, "the TLS connection failed"));
  scene.server->write("reply");
  client.receive(scene.server->take_output(), scene.client_text, scene.now);
  CHECK(scene.client_text.empty());
}

TEST_CASE("a server that closes in form is not a failure", "[server]") {
  const auto identity = good_identity();
  Scene scene{identity};
  auto& client = scene.shake_hands("dns.example");
  scene.server->write("last words");
  scene.server->close();
  scene.exchange();
  CHECK(client.state() == State::Closed);
  CHECK(client.why().empty());
  CHECK(test::text(scene.client_text) == "last words");
}
