#include "upstream/loop_probe.h"

#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;
using stats::Counter;
using Kind = Outcome::Kind;

namespace {

constexpr LoopMark Mark = 0x0123456789abcdefU;

dns::Name name_of(const Sent& sent) {
  ByteReader reader{sent.message, dns::HeaderSize};
  dns::Name name;
  REQUIRE(name.read(reader));
  return name;
}

// What the process answers when its probe comes back to it from `peer`.
Bytes looped(const Sent& probe, const char* peer) {
  Bytes reply = reply_to(probe, {.with_answer = false});
  reply[7] = 1;
  const ProbeAnswer told{*IpAddress::parse(peer)};
  const auto size = static_cast<std::uint8_t>(told.rdata().size());
  const Bytes head{0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, size};
  reply.insert(reply.end(), head.begin(), head.end());
  reply.insert(reply.end(), told.rdata().begin(), told.rdata().end());
  return reply;
}

const Sent* probe_in(const FakePort& port) {
  const auto found =
      std::find_if(port.sent.begin(), port.sent.end(), [](const Sent& sent) { return is_probe(name_of(sent), Mark); });
  return found == port.sent.end() ? nullptr : &*found;
}

Bench bench_of(std::size_t servers) {
  return Bench{servers, Strategy::Ordered, {.loop_mark = Mark}};
}

}  // namespace

TEST_CASE("a probe is known by the process that made it, whatever the case of its letters", "[loop_probe]") {
  const auto probe = make_probe(ask_for("www.example"), Mark, 7);
  REQUIRE(probe);
  CHECK(probe->name.text() == "aven-loop-0123456789abcdef00000007.www.example");
  CHECK(probe->type == dns::Type::TXT);
  CHECK(probe->checking_disabled);
  CHECK(is_probe(*dns::Name::from_text("AVEN-loop-0123456789ABCDEF00000007.www.example"), Mark));
  CHECK_FALSE(is_probe(probe->name, Mark + 1));
  CHECK_FALSE(is_probe(probe->name, 0));
  CHECK_FALSE(is_probe(*dns::Name::from_text("www.example"), Mark));
  CHECK_FALSE(is_probe(dns::Name{}, Mark));
}

TEST_CASE("a name without room for one more label is not probed", "[loop_probe]") {
  const std::string label(63, 'a');
  const auto longest = label + "." + label + "." + label + "." + std::string(30, 'b');
  CHECK_FALSE(make_probe(ask_for(longest), Mark, 7));
}

TEST_CASE("a server whose questions come back is left at once, and both addresses are kept", "[loop_probe]") {
  auto bench = bench_of(1);
  bench.ask("www.example", 3);
  bench.pass(380ms);
  const Sent* probe = probe_in(bench.port);
  REQUIRE(probe != nullptr);
  CHECK(name_of(*probe).is_at_or_below(*dns::Name::from_text("www.example")));
  bench.deliver(*probe, looped(*probe, "192.0.2.99"));
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Loop);
  CHECK(bench.receiver.ended[0].ask == ask_for("www.example"));
  CHECK(bench.count(Counter::loops) == 1);
  CHECK(bench.forwarder.health(0).loop_from == IpAddress::parse("192.0.2.99"));
  CHECK(bench.forwarder.health(0).loop_seen == bench.now);
  CHECK(bench.forwarder.health(0).up);
  CHECK(bench.forwarder.in_flight() == 0);
}

TEST_CASE("another server of the pool answers what one of them sends back", "[loop_probe]") {
  auto bench = bench_of(2);
  bench.ask("www.example");
  bench.pass(380ms);
  const Sent* probe = probe_in(bench.port);
  REQUIRE(probe != nullptr);
  REQUIRE(probe->server == 0);
  bench.deliver(*probe, looped(*probe, "192.0.2.1"));
  CHECK(bench.receiver.ended.empty());
  bench.pass(4s);
  const auto to_first = std::count_if(bench.port.sent.begin(), bench.port.sent.end(), [](const Sent& sent) {
    return sent.server == 0 && !is_probe(name_of(sent), Mark);
  });
  CHECK(to_first == 1);
}

TEST_CASE("a slow server is probed once a minute, and nothing is said against it", "[loop_probe]") {
  auto bench = bench_of(1);
  bench.ask("www.example");
  bench.pass(380ms);
  const Sent* probe = probe_in(bench.port);
  REQUIRE(probe != nullptr);
  bench.deliver(*probe, reply_to(*probe, {.rcode = dns::Rcode::NxDomain}));
  bench.reply(0);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Reply);
  CHECK_FALSE(bench.forwarder.health(0).loop_from);
  bench.port.sent.clear();
  bench.ask("other.example");
  bench.pass(10s);
  CHECK(probe_in(bench.port) == nullptr);
  bench.pass(60s);
  bench.ask("third.example");
  bench.pass(2s);
  CHECK(probe_in(bench.port) != nullptr);
}

TEST_CASE("an answer that only looks like ours is no loop", "[loop_probe]") {
  auto bench = bench_of(1);
  bench.ask("www.example");
  bench.pass(380ms);
  const Sent* probe = probe_in(bench.port);
  REQUIRE(probe != nullptr);
  Bytes reply = looped(*probe, "192.0.2.99");
  reply.back() = 'x';  // a wildcard TXT record with some text
  bench.deliver(*probe, reply);
  CHECK(bench.receiver.ended.empty());
  CHECK(bench.count(Counter::loops) == 0);
}

TEST_CASE("a probe that nobody answers leaves no trace", "[loop_probe]") {
  auto bench = bench_of(1);
  bench.ask("www.example");
  bench.pass(10s);
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::NoReply);
  CHECK(bench.forwarder.health(0).up);  // one name without answer says nothing against a server
  CHECK(bench.forwarder.next_deadline() == Never);
}
