#include "upstream/forwarder.h"

#include <array>
#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;
using stats::Counter;
using Kind = Outcome::Kind;

TEST_CASE("a reply ends the ask with a clean reply", "[forwarder]") {
  Bench bench{1};
  REQUIRE(bench.ask("www.example", 5) == AskResult::Started);
  REQUIRE(bench.port.sent.size() == 1);
  CHECK(bench.port.sent[0].transport == Transport::Udp);
  CHECK(bench.port.sent[0].with_edns());
  bench.pass(10ms);
  bench.reply(0);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Reply);
  CHECK(bench.receiver.ended[0].ask == ask_for("www.example"));
  CHECK(bench.receiver.ended[0].waiters.at(0).slot == 5);
  CHECK(bench.receiver.ended[0].ttl == 300);
  CHECK(bench.forwarder.in_flight() == 0);
  CHECK(bench.forwarder.next_deadline() == Never);
  CHECK(bench.forwarder.health(0).smoothed_rtt == 10ms);
  CHECK(bench.count(Counter::upstream_replies) == 1);
}

TEST_CASE("identical asks go out once and all their waiters hear of it, in order", "[forwarder]") {
  Bench bench{1};
  CHECK(bench.ask("www.example", 1) == AskResult::Started);
  CHECK(bench.ask("www.example", 2) == AskResult::Joined);
  CHECK(bench.ask("WWW.example", 3) == AskResult::Joined);
  auto with_dnssec = ask_for("www.example");
  with_dnssec.dnssec_ok = true;
  CHECK(bench.forwarder.ask(with_dnssec, {}, bench.now) == AskResult::Started);
  CHECK(bench.port.sent.size() == 2);
  bench.reply(0);
  REQUIRE(bench.receiver.ended.size() == 1);
  REQUIRE(bench.receiver.ended[0].waiters.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(bench.receiver.ended[0].waiters[i].slot == i + 1);
}

TEST_CASE("a lost question is asked again, at another server first", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  bench.pass(400ms);
  REQUIRE(bench.port.sent.size() == 2);
  CHECK(bench.port.sent[1].server == 1);
  CHECK(bench.port.sent[1].id() != bench.port.sent[0].id());
  bench.reply(1);
  CHECK(bench.receiver.ended.size() == 1);
  CHECK(bench.count(Counter::upstream_timeouts) == 1);
}

TEST_CASE("a late reply to an earlier try is used", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  bench.pass(400ms);
  bench.reply(0);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Reply);
  bench.reply(1);
  CHECK(bench.receiver.ended.size() == 1);
  CHECK(bench.count(Counter::upstream_mismatched) == 0);
  CHECK(bench.forwarder.health(1).replies == 1);
  CHECK(bench.forwarder.next_deadline() == Never);
}

TEST_CASE("with all silent the ask ends within 5 s, after three tries a server and one by TCP", "[forwarder]") {
  const auto servers = GENERATE(1U, 2U, 5U);
  Bench bench{servers};
  const Tick start = bench.now;
  bench.ask("www.example");
  bench.pass(10s);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::NoReply);
  CHECK(bench.receiver.ended[0].at - start <= 5s);
  CHECK(bench.port.sent.size() <= 4 * servers);
  if (servers == 1) {
    REQUIRE(bench.port.sent.size() == 4);
    CHECK(bench.port.sent[2].transport == Transport::Udp);
    CHECK(bench.port.sent[3].transport == Transport::Stream);
  }
  for (ServerIndex i = 0; i < servers; ++i) CHECK(bench.forwarder.health(i).asked >= 1);
  CHECK(bench.forwarder.next_deadline() == Never);
}

TEST_CASE("when all servers are known down an ask still tries but ends within about a second", "[forwarder]") {
  Bench bench{2};
  for (int i = 0; i < 4; ++i) {
    bench.ask("down" + std::to_string(i) + ".example");
    bench.pass(5s);
  }
  REQUIRE_FALSE(bench.forwarder.health(0).up);
  REQUIRE_FALSE(bench.forwarder.health(1).up);
  bench.port.sent.clear();
  const Tick start = bench.now;
  bench.ask("www.example");
  REQUIRE(bench.port.sent.size() == 1);
  bench.pass(1s);
  REQUIRE(bench.receiver.ended.size() == 5);
  CHECK(bench.receiver.ended[4].kind == Kind::NoReply);
  CHECK(bench.receiver.ended[4].at - start <= 1s);
  CHECK(bench.port.sent.size() == 3);

  SECTION("a reply that comes after the end brings its server back") {
    bench.pass(1s);
    bench.reply(0);
    CHECK(bench.forwarder.health(bench.port.sent[0].server).up);
    CHECK(bench.receiver.ended.size() == 5);
  }
  SECTION("the first answered ask brings everything back to normal") {
    bench.ask("again.example");
    bench.reply_last();
    CHECK(bench.receiver.ended.back().kind == Kind::Reply);
    CHECK(bench.forwarder.health(bench.port.sent.back().server).up);
  }
}

TEST_CASE("one name that is never answered does not bring its server down", "[forwarder]") {
  Bench bench{1};
  for (int i = 0; i < 10; ++i) {
    bench.ask("silent.example");
    bench.ask("good" + std::to_string(i) + ".example");
    bench.reply_last();
    bench.pass(5s);
    CHECK(bench.forwarder.health(0).up);
  }
}

TEST_CASE("silence to EDNS is asked without it at the third try", "[forwarder]") {
  Bench bench{1};
  auto ask = ask_for("www.example");
  ask.dnssec_ok = GENERATE(false, true);
  bench.forwarder.ask(ask, {}, bench.now);
  bench.pass(2s);
  REQUIRE(bench.port.sent.size() == 3);
  CHECK(bench.port.sent[1].with_edns());
  CHECK(bench.port.sent[2].with_edns() == ask.dnssec_ok);
}

TEST_CASE("a broken socket moves its asks elsewhere at once", "[forwarder]") {
  Bench bench{2};
  bench.port.one_socket = true;
  for (int i = 0; i < 3; ++i) bench.ask("www" + std::to_string(i) + ".example");
  bench.forwarder.on_send_error(0, 7, bench.now);
  CHECK(bench.port.sent.size() == 6);
  for (std::size_t i = 3; i < 6; ++i) CHECK(bench.port.sent[i].server == 1);
  CHECK(bench.count(Counter::upstream_errors) == 1);
  bench.forwarder.on_send_error(0, 7, bench.now);
  CHECK(bench.count(Counter::upstream_errors) == 1);
  for (std::size_t i = 3; i < 6; ++i) bench.reply(i);
  CHECK(bench.receiver.ended.size() == 3);
}

TEST_CASE("one question that broke moves alone, the others of its connection stay", "[forwarder]") {
  Bench bench{2};
  bench.port.one_socket = true;
  for (int i = 0; i < 3; ++i) bench.ask("www" + std::to_string(i) + ".example");
  bench.forwarder.on_ask_error(0, 7, bench.port.sent[1].id(), bench.now);
  REQUIRE(bench.port.sent.size() == 4);
  CHECK(bench.port.sent[3].server == 1);
  CHECK(bench.count(Counter::upstream_errors) == 1);
  bench.forwarder.on_ask_error(0, 7, bench.port.sent[1].id(), bench.now);  // known already
  bench.forwarder.on_ask_error(0, 8, bench.port.sent[0].id(), bench.now);  // not by this socket
  CHECK(bench.count(Counter::upstream_errors) == 1);
  for (const std::size_t i : {0U, 2U, 3U}) bench.reply(i);
  CHECK(bench.receiver.ended.size() == 3);
}

TEST_CASE("when nothing can be sent the ask ends soon, but not from inside ask()", "[forwarder]") {
  Bench bench{2};
  bench.port.broken = {0, 1};
  const Tick start = bench.now;
  CHECK(bench.ask("www.example") == AskResult::Started);
  CHECK(bench.receiver.ended.empty());
  bench.pass(2s);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::NetworkError);
  CHECK(bench.receiver.ended[0].at - start <= 1s);
  CHECK(bench.port.sent.empty());
  CHECK(bench.count(Counter::upstream_asked) == 0);
}

TEST_CASE("a server that refuses is asked again after a pause", "[forwarder]") {
  Bench bench{1};
  bench.ask("www.example");
  bench.forwarder.on_send_error(0, bench.port.sent.at(0).socket, bench.now);
  bench.forwarder.on_send_error(0, bench.port.sent.at(1).socket, bench.now);
  CHECK(bench.port.sent.size() == 2);
  bench.pass(250ms);
  REQUIRE(bench.port.sent.size() == 3);
  SECTION("and used if it is back") {
    bench.reply(2);
    CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);
  }
  SECTION("three broken tries are a network error") {
    bench.forwarder.on_send_error(0, bench.port.sent[2].socket, bench.now);
    CHECK(bench.receiver.ended.at(0).kind == Kind::NetworkError);
  }
}

TEST_CASE("an ask on a route that does not exist ends with a network error", "[forwarder]") {
  Bench bench{1};
  auto ask = ask_for("www.example");
  ask.route = 9;
  CHECK(bench.forwarder.ask(ask, {}, bench.now) == AskResult::Started);
  bench.pass(1s);
  CHECK(bench.receiver.ended.at(0).kind == Kind::NetworkError);
}

TEST_CASE("full tables refuse", "[forwarder]") {
  Bench bench{1, Strategy::Ordered, {.in_flight = 3, .waiters_per_ask = 2}};
  CHECK(bench.ask("a.example") == AskResult::Started);
  CHECK(bench.ask("a.example") == AskResult::Joined);
  CHECK(bench.ask("a.example") == AskResult::Full);
  CHECK(bench.ask("b.example") == AskResult::Started);
  CHECK(bench.ask("c.example") == AskResult::Started);
  CHECK(bench.ask("d.example") == AskResult::Full);
  bench.reply(0);
  CHECK(bench.receiver.ended.at(0).waiters.size() == 2);
  CHECK(bench.ask("d.example") == AskResult::Started);
  CHECK(bench.forwarder.in_flight() == 3);
}

TEST_CASE("a flood of names below one zone leaves room for others", "[forwarder]") {
  Bench bench{1, Strategy::Ordered, {.in_flight = 400, .waiters_per_ask = 10}};
  std::size_t started = 0;
  for (int i = 0; i < 500; ++i) {
    if (bench.ask("x" + std::to_string(i) + ".flood.example") == AskResult::Started) ++started;
  }
  CHECK(started == 100);
  CHECK(bench.ask("www.other.example") == AskResult::Started);
  bench.pass(6s);
  CHECK(bench.receiver.ended.size() == 101);
  CHECK(bench.ask("y.flood.example") == AskResult::Started);
}

TEST_CASE("a message ID that is out at a server is not drawn for it again", "[forwarder]") {
  Bench bench{1};
  bench.port.one_socket = true;
  bench.random.script = {77, 77, 77, 78};
  bench.ask("a.example");
  bench.ask("b.example");
  CHECK(bench.port.sent.at(0).id() == 77);
  CHECK(bench.port.sent.at(1).id() == 78);
  bench.reply(1);
  CHECK(bench.receiver.ended.at(0).ask == ask_for("b.example"));
}

TEST_CASE("a receiver may ask again from inside", "[forwarder]") {
  Bench bench{2};
  int left = 3;
  bench.receiver.then = [&](const dns::Ask& ask, Tick now) {
    if (left-- > 0) bench.forwarder.ask(ask, {Waiter::Kind::Client, 9, 0}, now);
  };
  SECTION("after replies") {
    bench.ask("www.example");
    for (std::size_t i = 0; i < 4; ++i) bench.reply(i);
    CHECK(bench.receiver.ended.size() == 4);
  }
  SECTION("after silence") {
    bench.ask("www.example");
    bench.pass(30s);
    CHECK(bench.receiver.ended.size() == 4);
  }
  SECTION("after network errors, always at a later tick") {
    bench.port.broken = {0, 1};
    bench.ask("www.example");
    bench.pass(10s);
    CHECK(bench.receiver.ended.size() == 4);
  }
  SECTION("after a broken socket") {
    bench.port.one_socket = true;
    bench.ask("a.example");
    bench.ask("b.example");
    for (int i = 0; i < 20; ++i) {
      bench.forwarder.on_send_error(0, 7, bench.now);
      bench.forwarder.on_send_error(1, 7, bench.now);
      bench.pass(300ms);
    }
    CHECK(bench.receiver.ended.size() == 5);
  }
  CHECK(bench.forwarder.in_flight() == 0);
}

TEST_CASE("give_up_all ends every ask once and takes no new ones meanwhile", "[forwarder]") {
  Bench bench{2};
  std::vector<AskResult> results;
  bench.receiver.then = [&](const dns::Ask& ask, Tick now) { results.push_back(bench.forwarder.ask(ask, {}, now)); };
  for (int i = 0; i < 5; ++i) bench.ask("www" + std::to_string(i) + ".example");
  bench.pass(400ms);
  bench.forwarder.give_up_all(bench.now);
  CHECK(bench.receiver.ended.size() == 5);
  CHECK(std::count(results.begin(), results.end(), AskResult::Full) == 5);
  CHECK(bench.forwarder.in_flight() == 0);
  CHECK(bench.forwarder.next_deadline() == Never);
  bench.receiver.then = nullptr;
  bench.pass(10s);
  CHECK(bench.receiver.ended.size() == 5);
}

TEST_CASE("race asks two servers at once and takes the first reply", "[forwarder]") {
  Bench bench{3, Strategy::Race};
  bench.ask("www.example");
  REQUIRE(bench.port.sent.size() == 2);
  CHECK(bench.port.sent[0].server != bench.port.sent[1].server);

  SECTION("the loser is measured too") {
    bench.reply(1);
    CHECK(bench.receiver.ended.size() == 1);
    bench.pass(100ms);
    bench.reply(0);
    CHECK(bench.forwarder.health(bench.port.sent[0].server).smoothed_rtt == 100ms);
    CHECK(bench.count(Counter::upstream_mismatched) == 0);
  }
  SECTION("SERVFAIL of one waits for the other") {
    bench.reply(0, {.rcode = dns::Rcode::ServFail});
    CHECK(bench.port.sent.size() == 2);
    bench.reply(1);
    CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);
  }
}

TEST_CASE("a second server is asked when the first is later than usual, for at most 1 ask in 20", "[forwarder]") {
  Bench bench{2};
  bench.warm_up(200, 10ms);
  std::size_t hedged = 0;
  for (int i = 0; i < 400; ++i) {
    bench.port.sent.clear();
    bench.ask("slow" + std::to_string(i) + ".example");
    bench.pass(30ms);
    if (bench.port.sent.size() > 1) {
      ++hedged;
      CHECK(bench.port.sent[1].server == 1);
    }
    bench.reply(0);
  }
  CHECK(hedged >= 10);
  CHECK(hedged <= 30);
}

TEST_CASE("new servers: asks at servers that stay go on, others are asked anew", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  UpstreamSet next = bench.set;

  SECTION("the server stays under another index") {
    std::swap(next.servers[0], next.servers[1]);
    next.pools[0].servers = {1, 0};
    bench.forwarder.use(next, bench.now);
    CHECK(bench.port.sent.size() == 1);
    Sent moved = bench.port.sent[0];
    moved.server = 1;
    bench.pass(10ms);
    bench.deliver(moved, reply_to(moved));
    CHECK(bench.receiver.ended.size() == 1);
    CHECK(bench.forwarder.health(1).asked == 1);
    CHECK(bench.forwarder.health(1).smoothed_rtt == 10ms);
    CHECK(bench.forwarder.health(0).asked == 0);
  }
  SECTION("the server is gone") {
    next.servers = {server_at("198.51.100.1")};
    next.pools[0].servers = {0};
    bench.forwarder.use(next, bench.now);
    REQUIRE(bench.port.sent.size() == 2);
    bench.reply(0);
    CHECK(bench.receiver.ended.empty());
    bench.reply(1);
    CHECK(bench.receiver.ended.size() == 1);
  }
  SECTION("the server stays but not on this route") {
    next.pools[0].servers = {1};
    bench.forwarder.use(next, bench.now);
    REQUIRE(bench.port.sent.size() == 2);
    CHECK(bench.port.sent[1].server == 1);
    bench.reply(0);
    CHECK(bench.receiver.ended.empty());
  }
  SECTION("no server is left") {
    next.servers.clear();
    next.pools[0].servers.clear();
    bench.forwarder.use(next, bench.now);
    CHECK(bench.receiver.ended.empty());
    bench.pass(1ms);
    CHECK(bench.receiver.ended.size() == 1);
  }
  bench.forwarder.give_up_all(bench.now);
}

TEST_CASE("encrypted servers are asked over a stream only", "[forwarder]") {
  Bench bench{1};
  UpstreamSet next = bench.set;
  next.servers[0].protocol = Protocol::Tls;
  bench.forwarder.use(next, bench.now);
  bench.ask("www.example");
  CHECK(bench.port.sent.at(0).transport == Transport::Stream);
  bench.pass(20ms);
  bench.reply(0);
  CHECK(bench.forwarder.health(0).smoothed_rtt == 20ms);
}

TEST_CASE("a server that is slow for ever is waited for, and its waiters are told once", "[forwarder]") {
  Bench bench{1};
  bench.ask("www.example", 1);
  bench.pass(1s);
  bench.ask("www.example", 2);
  bench.pass(700ms);
  CHECK(bench.receiver.slow.empty());
  bench.pass(100ms);
  REQUIRE(bench.receiver.slow.size() == 1);
  CHECK(bench.receiver.slow[0].waiters.size() == 2);
  bench.pass(500ms);
  bench.reply(0);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Reply);
  CHECK(bench.receiver.ended[0].waiters.size() == 2);
  bench.pass(10s);
  CHECK(bench.receiver.slow.size() == 1);
}

TEST_CASE("a route without any server that is up is hopeless", "[forwarder]") {
  Bench bench{1};
  CHECK(bench.forwarder.is_hopeless(7));
  CHECK_FALSE(bench.forwarder.is_hopeless(dns::DefaultRoute));
  bench.ask("a.example");
  bench.ask("b.example");
  bench.pass(10s);
  CHECK(bench.forwarder.is_hopeless(dns::DefaultRoute));
}

TEST_CASE("spread asks each server by its weight", "[forwarder]") {
  Bench bench{3, Strategy::Spread};
  UpstreamSet next = bench.set;
  next.pools[0].weights = {1, 2, 7};
  bench.forwarder.use(next, bench.now);
  std::array<int, 3> asked{};
  for (int i = 0; i < 1000; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    ++asked.at(bench.port.sent.back().server);
    bench.pass(1ms);
    bench.reply_last();
  }
  CHECK(asked[0] > 60);
  CHECK(asked[0] < 140);
  CHECK(asked[1] > 150);
  CHECK(asked[1] < 250);
  CHECK(asked[2] > 640);
}
