// What the forwarder makes of one message that comes back.
#include <array>
#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"
#include "upstream/forwarder.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;
using stats::Counter;
using Kind = Outcome::Kind;

TEST_CASE("what does not match is as if it had never come", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  const Sent sent = bench.port.sent[0];
  Bytes bad = reply_to(sent);

  SECTION("wrong ID") {
    bad[1] ^= 1;
    bench.deliver(sent, bad);
  }
  SECTION("wrong socket") {
    bench.forwarder.on_reply(0, sent.socket + 1, Transport::Udp, bad, bench.now);
  }
  SECTION("wrong server") {
    bench.forwarder.on_reply(1, sent.socket, Transport::Udp, bad, bench.now);
  }
  SECTION("unknown server") {
    bench.forwarder.on_reply(9, sent.socket, Transport::Udp, bad, bench.now);
  }
  SECTION("wrong transport") {
    bench.forwarder.on_reply(0, sent.socket, Transport::Stream, bad, bench.now);
  }
  SECTION("wrong case") {
    bad[13] = 'W';
    bench.deliver(sent, bad);
  }
  SECTION("wrong type") {
    bad[12 + sent.question_size() - 3] ^= 28;
    bench.deliver(sent, bad);
  }
  SECTION("a question") {
    bad[2] &= 0x7f;
    bench.deliver(sent, bad);
  }
  SECTION("another opcode") {
    bad[2] |= 0x28;
    bench.deliver(sent, bad);
  }
  SECTION("no question") {
    bad[5] = 0;
    bench.deliver(sent, bad);
  }
  SECTION("too short") {
    bench.deliver(sent, {1, 2, 3});
  }

  CHECK(bench.receiver.ended.empty());
  CHECK(bench.count(Counter::upstream_mismatched) == 1);
  CHECK(bench.forwarder.health(0).replies == 0);
  bench.reply(0);
  CHECK(bench.receiver.ended.size() == 1);
}

TEST_CASE("many false replies for one ask move it to a stream", "[forwarder]") {
  Bench bench{1};
  bench.ask("www.example");
  const Sent sent = bench.port.sent[0];
  const int wrong = GENERATE(1, 13);  // the ID, or the question
  for (int i = 0; i < 10; ++i) {
    REQUIRE(bench.port.sent.size() == 1);
    Bytes bad = reply_to(sent);
    bad[static_cast<std::size_t>(wrong)] ^= 0x20;
    bench.deliver(sent, bad);
  }
  REQUIRE(bench.port.sent.size() == 2);
  CHECK(bench.port.sent[1].transport == Transport::Stream);
  bench.reply(0);
  CHECK(bench.receiver.ended.empty());
  bench.reply(1);
  CHECK(bench.receiver.ended.size() == 1);
}

TEST_CASE("a truncated reply is asked again over a stream, at the same server", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  bench.reply(0, {.truncated = true});
  REQUIRE(bench.port.sent.size() == 2);
  CHECK(bench.port.sent[1].server == 0);
  CHECK(bench.port.sent[1].transport == Transport::Stream);
  CHECK(bench.count(Counter::upstream_tcp) == 1);

  SECTION("and its reply is used") {
    bench.reply(1);
    CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);
  }
  SECTION("a silent stream moves the ask on") {
    bench.pass(1100ms);
    CHECK(bench.port.sent.at(2).server == 1);
  }
  SECTION("a stream that breaks moves the ask on at once and says nothing against UDP") {
    for (int i = 0; i < 5; ++i) {
      bench.forwarder.on_send_error(0, bench.port.sent[1].socket, bench.now);
      CHECK(bench.forwarder.health(0).up);
    }
    CHECK(bench.port.sent.at(2).server == 1);
  }
}

TEST_CASE("FORMERR and NOTIMP to EDNS are asked once without it", "[forwarder]") {
  Bench bench{2};
  const auto rcode = GENERATE(dns::Rcode::FormErr, dns::Rcode::NotImp);
  bench.ask("www.example");
  bench.reply(0, {.rcode = rcode});
  REQUIRE(bench.port.sent.size() == 2);
  CHECK(bench.port.sent[1].server == 0);
  CHECK_FALSE(bench.port.sent[1].with_edns());

  SECTION("an answer to that is used, and the server spared EDNS for a while") {
    bench.reply(1);
    CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);
    bench.ask("next.example");
    CHECK_FALSE(bench.port.sent.at(2).with_edns());
    bench.reply_last();
    bench.pass(std::chrono::minutes{16});
    bench.ask("later.example");
    CHECK(bench.port.sent.at(3).with_edns());
  }
  SECTION("the same again is a failure of that server for this question, not for EDNS") {
    bench.reply(1, {.rcode = rcode});
    REQUIRE(bench.port.sent.size() == 3);
    CHECK(bench.port.sent[2].server == 1);
    bench.reply(2, {.rcode = rcode});
    bench.reply(3, {.rcode = rcode});
    CHECK(bench.receiver.ended.at(0).kind == Kind::ServerFailed);
    bench.ask("next.example");
    CHECK(bench.port.sent.back().with_edns());
  }
}

TEST_CASE("SERVFAIL and REFUSED go to another server and say nothing against the first", "[forwarder]") {
  Bench bench{2};
  const auto rcode = GENERATE(dns::Rcode::ServFail, dns::Rcode::Refused);
  for (int i = 0; i < 5; ++i) {
    bench.ask("www.example");
    bench.reply_last({.rcode = rcode});
    CHECK(bench.port.sent.back().server == 1);
    bench.reply_last();
    CHECK(bench.receiver.ended.back().kind == Kind::Reply);
    CHECK(bench.forwarder.health(0).up);
  }
  bench.ask("www.example");
  bench.reply_last({.rcode = rcode});
  bench.reply_last({.rcode = rcode});
  CHECK(bench.receiver.ended.back().kind == Kind::ServerFailed);
}

TEST_CASE("a malformed reply goes to another server", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  Bytes bad = reply_to(bench.port.sent[0]);
  bad.pop_back();
  bench.deliver(bench.port.sent[0], bad);
  CHECK(bench.count(Counter::upstream_malformed) == 1);
  CHECK(bench.port.sent.at(1).server == 1);
  bench.reply(1);
  CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);
}

TEST_CASE("an ask with one bad answer does not wait for a server that stays silent", "[forwarder]") {
  Bench bench{2};
  bench.ask("www.example");
  bench.reply(0, {.rcode = dns::Rcode::ServFail});
  const Tick start = bench.now;
  bench.pass(10s);
  CHECK(bench.receiver.ended.at(0).kind == Kind::ServerFailed);
  CHECK(bench.receiver.ended.at(0).at - start < 3s);
}

TEST_CASE("limits and trust come from the pool and the server", "[forwarder]") {
  Bench bench{2};
  UpstreamSet next = bench.set;
  next.pools[0].max_ttl = 60;
  next.servers[0].trust_ad = true;
  bench.forwarder.use(next, bench.now);
  for (int i = 0; i < 2; ++i) {
    bench.ask("www.example");
    if (i == 1) bench.reply_last({.rcode = dns::Rcode::ServFail});
    Bytes reply = reply_to(bench.port.sent.back());
    reply[3] |= 0x20;
    bench.deliver(Sent{bench.port.sent.back()}, reply);
  }
  CHECK(bench.receiver.ended.at(0).ttl == 60);
  CHECK(bench.receiver.ended.at(0).authentic);
  CHECK_FALSE(bench.receiver.ended.at(1).authentic);
}

TEST_CASE("random case must come back, and is given up for a server that spoils it", "[forwarder]") {
  Bench bench{1};
  UpstreamSet next = bench.set;
  next.servers[0].case_randomisation = true;
  bench.forwarder.use(next, bench.now);
  const std::string name = "a-rather-long-name-with-letters.example";
  const auto is_mixed = [](const Sent& sent) {
    return std::any_of(sent.message.begin() + 12, sent.message.end(), [](auto o) { return o >= 'A' && o <= 'Z'; });
  };
  bench.ask(name);
  REQUIRE(is_mixed(bench.port.sent[0]));
  bench.reply(0);
  CHECK(bench.receiver.ended.at(0).kind == Kind::Reply);

  for (std::size_t i = 0; i < 3; ++i) {
    bench.ask(std::to_string(i) + name);
    const Sent sent = bench.port.sent.back();
    REQUIRE(is_mixed(sent));
    Bytes lower = reply_to(sent);
    for (std::size_t at = 12; at < 12 + name.size() + 1; ++at) lower[at] = dns::lower(lower[at]);
    bench.deliver(sent, lower);
    CHECK(bench.receiver.ended.size() == 1 + i);
    CHECK(bench.port.sent.back().transport == Transport::Stream);  // which nobody forges so easily
    CHECK_FALSE(is_mixed(bench.port.sent.back()));
    bench.reply_last();
    CHECK(bench.receiver.ended.size() == 2 + i);
  }
  CHECK(bench.count(Counter::upstream_mismatched) == 3);
  bench.ask("again." + name);
  CHECK(bench.port.sent.back().transport == Transport::Udp);
  CHECK_FALSE(is_mixed(bench.port.sent.back()));
}

TEST_CASE("SERVFAIL and REFUSED for one name say nothing against the server", "[forwarder]") {
  Bench bench{1};
  for (const auto rcode : {dns::Rcode::ServFail, dns::Rcode::Refused}) {
    for (int i = 0; i < 20; ++i) {
      bench.ask("bad.example");
      bench.pass(5ms);
      bench.reply_last({.rcode = rcode});
    }
  }
  CHECK(bench.forwarder.health(0).up);
  CHECK(bench.forwarder.health(0).replies == 40);
  CHECK_FALSE(bench.forwarder.is_hopeless(dns::DefaultRoute));
  const auto first = bench.port.sent.size();
  bench.ask("good.example");
  bench.pass(5ms);
  bench.reply(first);
  CHECK(bench.receiver.ended.back().kind == Kind::Reply);
}
