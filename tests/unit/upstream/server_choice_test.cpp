#include "upstream/server_choice.h"

#include <catch2/catch.hpp>
#include <set>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using namespace aven::upstream::test;
using namespace std::chrono_literals;

namespace {

// Answers what each server gets after its own delay, or never.
void run(Bench& bench, int asks, const std::vector<Duration>& delays) {
  for (int i = 0; i < asks; ++i) {
    const std::size_t first = bench.port.sent.size();
    const Tick start = bench.now;
    std::set<std::size_t> answered;
    bench.ask("n" + std::to_string(i) + ".z" + std::to_string(i) + ".example");
    for (auto step = 1ms; step <= 200ms; ++step) {
      bench.pass_until(start + step);
      for (std::size_t at = first; at < bench.port.sent.size(); ++at) {
        const Sent& sent = bench.port.sent[at];
        const Duration delay = delays[sent.server];
        if (delay == Duration{} || bench.now - sent.at < delay || !answered.insert(at).second) continue;
        bench.reply(at);
      }
    }
  }
}

std::vector<std::size_t> asked(const Bench& bench, std::size_t servers) {
  std::vector<std::size_t> out(servers);
  for (const auto& sent : bench.port.sent) ++out[sent.server];
  return out;
}

}  // namespace

TEST_CASE("fastest asks the fastest, looks at the others now and then, and follows a change", "[server_choice]") {
  Bench bench{3, Strategy::Fastest};
  run(bench, 1000, {30ms, 5ms, 60ms});
  const auto before = asked(bench, 3);
  CHECK(before[1] > 950);
  CHECK(before[0] >= 2);
  CHECK(before[2] >= 2);
  CHECK(before[0] + before[1] + before[2] <= 1050);
  bench.port.sent.clear();
  run(bench, 1000, {30ms, 100ms, 60ms});
  CHECK(asked(bench, 3)[0] > 900);
}

TEST_CASE("ordered asks the first that is healthy and comes back to it", "[server_choice]") {
  Bench bench{2, Strategy::Ordered};
  run(bench, 100, {10ms, 5ms});
  CHECK(asked(bench, 2)[0] == 100);
  bench.port.sent.clear();
  run(bench, 200, {0ms, 5ms});
  CHECK(asked(bench, 2)[0] < 30);
  CHECK_FALSE(bench.forwarder.health(0).up);
  CHECK(bench.receiver.ended.size() >= 299);
  for (const auto& ended : bench.receiver.ended) CHECK(ended.kind == Outcome::Kind::Reply);

  run(bench, 100, {10ms, 5ms});
  CHECK(bench.forwarder.health(0).up);
  bench.port.sent.clear();
  run(bench, 100, {10ms, 5ms});
  CHECK(asked(bench, 2)[0] == 100);
}

TEST_CASE("spread asks all alike and leaves out one that is down", "[server_choice]") {
  Bench bench{3, Strategy::Spread};
  run(bench, 600, {5ms, 5ms, 50ms});
  for (const auto count : asked(bench, 3)) CHECK(count > 150);
  run(bench, 100, {5ms, 0ms, 50ms});
  bench.port.sent.clear();
  run(bench, 200, {5ms, 0ms, 50ms});
  CHECK(asked(bench, 3)[1] < 15);
}

TEST_CASE("a server that was down is probed beside an ask, not at its cost", "[server_choice]") {
  Bench bench{2, Strategy::Fastest};
  run(bench, 300, {5ms, 0ms});
  std::size_t slow = 0;
  bench.receiver.ended.clear();
  bench.port.sent.clear();
  for (int i = 0; i < 300; ++i) {
    const Tick start = bench.now;
    const std::size_t first = bench.port.sent.size();
    bench.ask("p" + std::to_string(i) + ".z" + std::to_string(i) + ".example");
    bench.pass(5ms);
    for (std::size_t at = first; at < bench.port.sent.size(); ++at) {
      if (bench.port.sent[at].server == 0) bench.reply(at);
    }
    if (bench.receiver.ended.size() != static_cast<std::size_t>(i + 1)) ++slow;
    bench.pass_until(start + 200ms);
  }
  CHECK(slow == 0);
  CHECK(asked(bench, 2)[1] >= 3);
}

TEST_CASE("when all are down each is tried in turn", "[server_choice]") {
  Bench bench{3, Strategy::Ordered};
  for (int i = 0; i < 8; ++i) {
    bench.ask("d" + std::to_string(i) + ".example");
    bench.pass(5s);
  }
  bench.port.sent.clear();
  for (int i = 0; i < 3; ++i) {
    bench.ask("e" + std::to_string(i) + ".example");
    bench.pass(5s);
  }
  for (const auto count : asked(bench, 3)) CHECK(count == 3);
}

TEST_CASE("the same server twice in a set is two servers", "[server_choice]") {
  ScriptedRandom random;
  ServerChoice choice{random};
  UpstreamSet set = set_of(2);
  set.servers[1] = set.servers[0];
  CHECK(choice.use(set).empty());
  CHECK(choice.use(set) == std::vector<ServerIndex>{0, 1});
  set.servers.pop_back();
  CHECK(choice.use(set) == std::vector<ServerIndex>{0, NoServer});
}
