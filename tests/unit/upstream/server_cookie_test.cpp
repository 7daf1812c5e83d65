#include "upstream/server_cookie.h"

#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;
using stats::Counter;
using Kind = Outcome::Kind;
using Verdict = ServerCookie::Verdict;

namespace {

const Bytes ServerHalf{0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58};

Bytes cookie_in(const Bytes& message) {
  const auto found = read_options(message).cookie;
  return {found.begin(), found.end()};
}

Bytes cookie_of(Bytes ours, const Bytes& theirs = ServerHalf) {
  ours.resize(ServerCookie::ClientSize);
  ours.insert(ours.end(), theirs.begin(), theirs.end());
  return ours;
}

// The reply with an OPT record that holds a cookie; `upper` = the upper bits of the rcode.
Bytes with_cookie(Bytes reply, const Bytes& cookie, std::uint8_t upper = 0) {
  reply[11] = 1;
  const auto size = static_cast<std::uint8_t>(cookie.size());
  const Bytes opt{0, 0, 41, 4, 208, upper, 0, 0, 0, 0, static_cast<std::uint8_t>(size + 4), 0, 10, 0, size};
  reply.insert(reply.end(), opt.begin(), opt.end());
  reply.insert(reply.end(), cookie.begin(), cookie.end());
  return reply;
}

// A bench whose server has given its half.
void acquaint(Bench& bench) {
  bench.ask("first.example");
  bench.pass(5ms);
  const Sent sent = bench.port.sent.back();
  bench.deliver(sent, with_cookie(reply_to(sent), cookie_of(cookie_in(sent.message))));
  REQUIRE(bench.receiver.ended.size() == 1);
  REQUIRE(bench.receiver.ended[0].kind == Kind::Reply);
}

}  // namespace

TEST_CASE("each server gets a half of its own, and its half back", "[server_cookie]") {
  Bench bench{2, Strategy::Race};
  bench.ask("first.example");
  REQUIRE(bench.port.sent.size() == 2);
  const Bytes to_first = cookie_in(bench.port.sent[0].message), to_second = cookie_in(bench.port.sent[1].message);
  CHECK(to_first.size() == ServerCookie::ClientSize);
  CHECK(to_first != to_second);
  bench.deliver(bench.port.sent[0], with_cookie(reply_to(bench.port.sent[0]), cookie_of(to_first)));
  bench.port.sent.clear();
  bench.ask("second.example");
  for (const Sent& sent : bench.port.sent) {
    const bool known = cookie_in(sent.message) == cookie_of(to_first);
    CHECK(known == (cookie_in(sent.message).size() == 16));
  }
}

TEST_CASE("a reply with another cookie is as if it had not come", "[server_cookie]") {
  Bench bench{1};
  acquaint(bench);
  bench.ask("www.example");
  const Sent sent = bench.port.sent.back();
  Bytes other = cookie_in(sent.message);
  other[0] ^= 1;
  bench.deliver(sent, with_cookie(reply_to(sent), other));
  CHECK(bench.receiver.ended.size() == 1);
  CHECK(bench.count(Counter::upstream_mismatched) == 1);
  bench.deliver(sent, with_cookie(reply_to(sent), cookie_in(sent.message)));
  CHECK(bench.receiver.ended.size() == 2);
}

TEST_CASE("a reply without the cookie that is due is asked again by TCP, thrice", "[server_cookie]") {
  Bench bench{1};
  acquaint(bench);
  for (std::size_t i = 0; i < 3; ++i) {
    bench.ask("n" + std::to_string(i) + ".example");
    bench.reply_last();
    CHECK(bench.receiver.ended.size() == 1 + i);
    CHECK(bench.port.sent.back().transport == Transport::Stream);
    bench.reply_last();
    CHECK(bench.receiver.ended.size() == 2 + i);
  }
  bench.ask("later.example");
  CHECK(cookie_in(bench.port.sent.back().message).size() == ServerCookie::ClientSize);
  bench.reply_last();  // the server does not take part any more
  CHECK(bench.receiver.ended.size() == 5);
}

TEST_CASE("BADCOOKIE is asked again with the new cookie, then by TCP", "[server_cookie]") {
  Bench bench{1};
  bench.ask("www.example");
  const auto bad = static_cast<dns::Rcode>(7);  // the lower bits of BADCOOKIE
  const Sent first = bench.port.sent.back();
  bench.deliver(first, with_cookie(reply_to(first, {.rcode = bad}), cookie_of(cookie_in(first.message)), 1));
  REQUIRE(bench.port.sent.size() == 2);
  const Sent second = bench.port.sent.back();
  CHECK(second.transport == Transport::Udp);
  CHECK(cookie_in(second.message) == cookie_of(cookie_in(first.message)));
  bench.deliver(second, with_cookie(reply_to(second, {.rcode = bad}), cookie_of(cookie_in(first.message)), 1));
  REQUIRE(bench.port.sent.size() == 3);
  CHECK(bench.port.sent.back().transport == Transport::Stream);
  bench.reply_last();
  REQUIRE(bench.receiver.ended.size() == 1);
  CHECK(bench.receiver.ended[0].kind == Kind::Reply);
}

TEST_CASE("no cookie where it is not wanted, nor without EDNS, nor on a stream", "[server_cookie]") {
  Bench bench{1};
  UpstreamSet without = bench.set;
  without.servers[0].cookies = false;
  bench.forwarder.use(without, bench.now);
  bench.ask("www.example");
  CHECK(cookie_in(bench.port.sent.back().message).empty());
  bench.reply_last({.rcode = dns::Rcode::FormErr});
  CHECK_FALSE(bench.port.sent.back().with_edns());

  Bench other{1};
  other.ask("www.example");
  other.reply_last({.truncated = true});
  REQUIRE(other.port.sent.back().transport == Transport::Stream);
  CHECK(cookie_in(other.port.sent.back().message).empty());
}

TEST_CASE("options are read to the end and never beyond", "[server_cookie]") {
  Bench bench{1};
  bench.ask("www.example");
  const Bytes whole = with_cookie(reply_to(bench.port.sent[0]), cookie_of(Bytes(8, 7)), 1);
  CHECK(read_options(whole).cookie.size() == 16);
  CHECK(read_options(whole).upper_rcode == 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(read_options(std::span{whole}.first(size)).cookie.empty());
  }
  Bytes longer = whole;
  longer[longer.size() - 17] = 200;  // the option says that it is longer than OPT
  CHECK(read_options(longer).cookie.empty());
}

TEST_CASE("a half that is too short or too long is not kept", "[server_cookie]") {
  ScriptedRandom random;
  ServerCookie cookie;
  const auto sent = cookie.to_send(random);
  const Bytes ours{sent.begin(), sent.end()};
  for (const std::size_t size : {1U, 7U, 33U}) {
    const Bytes reply = cookie_of(ours, Bytes(size, 3));
    CHECK(cookie.check({.cookie = reply}, false) == Verdict::Fine);
    CHECK_FALSE(cookie.is_mutual());
  }
  CHECK(cookie.check({.cookie = std::span{ours}.first(7)}, false) == Verdict::False);
  const Bytes longest = cookie_of(ours, Bytes(32, 3));
  CHECK(cookie.check({.cookie = longest}, false) == Verdict::Fine);
  CHECK(cookie.is_mutual());
}
