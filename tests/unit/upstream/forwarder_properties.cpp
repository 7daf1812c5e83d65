#include <catch2/catch.hpp>
#include <map>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;

namespace {

// A network that loses, delays, repeats, truncates, forges and breaks, as chance will have it.
class WildNetwork {
 public:
  WildNetwork(Bench& bench, std::uint64_t seed) : bench_(bench), random_(seed) {}

  void step() {
    if (random_.below(3) == 0) ask();
    for (; taken_ < bench_.port.sent.size(); ++taken_) decide(bench_.port.sent[taken_]);
    if (random_.below(200) == 0) change_servers();
    if (random_.below(50) == 0) break_socket();
    bench_.port.broken.clear();
    if (random_.below(20) == 0) bench_.port.broken.push_back(static_cast<ServerIndex>(random_.below(3)));
    const Tick then = bench_.now + std::chrono::microseconds{random_.below(20000)};
    while (!events_.empty() && events_.begin()->first <= then) {
      bench_.pass_until(events_.begin()->first);
      const auto [to, message] = events_.begin()->second;
      events_.erase(events_.begin());
      bench_.deliver(to, message);
    }
    bench_.pass_until(then);
  }

  std::map<std::uint32_t, int> waiting;  // by waiter: how often it has still to hear

 private:
  void ask() {
    const auto slot = next_waiter_++;
    const std::string name =
        "n" + std::to_string(random_.below(40)) + ".z" + std::to_string(random_.below(3)) + ".example";
    if (bench_.ask(name, slot) != AskResult::Full) waiting[slot] = 1;
  }

  void decide(const Sent& sent) {
    if (random_.below(4) == 0) return;
    ReplyOptions options;
    if (random_.below(5) == 0) {
      constexpr std::array Rcodes{dns::Rcode::ServFail, dns::Rcode::FormErr, dns::Rcode::NotImp, dns::Rcode::Refused,
                                  dns::Rcode::NxDomain};
      options.rcode = Rcodes[random_.below(Rcodes.size())];
    }
    options.truncated = random_.below(8) == 0;
    const Bytes right = reply_to(sent, options);
    const Tick at = bench_.now + std::chrono::microseconds{1 + random_.below(random_.below(6) == 0 ? 6000000 : 60000)};
    for (std::uint32_t copies = 1 + (random_.below(10) == 0 ? 1 : 0); copies > 0; --copies) {
      events_.emplace(at, std::pair{sent, right});
    }
    for (std::uint32_t forged = random_.below(10) == 0 ? random_.below(15) : 0; forged > 0; --forged) {
      Bytes wrong = right;
      wrong[random_.below(static_cast<std::uint32_t>(wrong.size()))] ^=
          static_cast<std::uint8_t>(1 + random_.below(255));
      if (random_.below(4) == 0) wrong.resize(random_.below(static_cast<std::uint32_t>(wrong.size())));
      events_.emplace(at, std::pair{sent, wrong});
    }
  }

  void break_socket() {
    if (bench_.port.sent.empty()) return;
    const Sent& any = bench_.port.sent[random_.below(static_cast<std::uint32_t>(bench_.port.sent.size()))];
    bench_.forwarder.on_send_error(any.server, any.socket, bench_.now);
  }

  void change_servers() {
    sets_.push_back(set_of(1 + random_.below(4), static_cast<Strategy>(random_.below(4))));
    auto& servers = sets_.back().servers;
    std::rotate(
        servers.begin(),
        servers.begin() + static_cast<std::ptrdiff_t>(random_.below(static_cast<std::uint32_t>(servers.size()))),
        servers.end());
    servers[0].case_randomisation = random_.below(2) == 0;
    bench_.forwarder.use(sets_.back(), bench_.now);
  }

  Bench& bench_;
  ScriptedRandom random_;
  std::size_t taken_ = 0;
  std::uint32_t next_waiter_ = 0;
  std::multimap<Tick, std::pair<Sent, Bytes>> events_;
  std::deque<UpstreamSet> sets_;
};

}  // namespace

TEST_CASE("whatever the network does, every ask ends exactly once and in time", "[forwarder]") {
  const auto seed = GENERATE(range(1U, 13U));
  const auto strategy = static_cast<Strategy>(seed % 4);
  Bench bench{3, strategy, {.in_flight = 30, .waiters_per_ask = 5}, seed};
  bench.port.one_socket = seed % 3 == 0;
  WildNetwork network{bench, seed + 100};
  std::size_t heard = 0;
  std::map<std::uint32_t, Tick> asked_at;
  const auto take_outcomes = [&] {
    for (; heard < bench.receiver.ended.size(); ++heard) {
      const Ended& ended = bench.receiver.ended[heard];
      REQUIRE_FALSE(ended.waiters.empty());
      for (const Waiter& waiter : ended.waiters) {
        REQUIRE(network.waiting.erase(waiter.slot) == 1);
        REQUIRE(ended.at - asked_at.at(waiter.slot) <= 5s);
      }
      if (ended.kind == Outcome::Kind::Reply) REQUIRE_FALSE(ended.wire.empty());
    }
  };
  for (int i = 0; i < 3000; ++i) {
    const Tick before = bench.now;
    network.step();
    for (const auto& [slot, times] : network.waiting) asked_at.try_emplace(slot, before);
    for (const auto& ended : std::span{bench.receiver.ended}.subspan(heard)) {
      for (const Waiter& waiter : ended.waiters) asked_at.try_emplace(waiter.slot, before);
    }
    take_outcomes();
    REQUIRE(bench.forwarder.in_flight() <= 30);
  }
  bench.pass(6s);
  take_outcomes();
  CHECK(network.waiting.empty());
  CHECK(bench.forwarder.in_flight() == 0);
  CHECK(bench.forwarder.next_deadline() == Never);
  CHECK(heard > 200);
}
