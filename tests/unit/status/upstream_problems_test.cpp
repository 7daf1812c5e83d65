#include "status/upstream_problems.h"

#include <catch2/catch.hpp>

#include "unit/status/example_data.h"

using namespace aven;
using namespace aven::status;
using namespace std::chrono_literals;

TEST_CASE("a loop is told with both addresses, once for all workers", "[upstream_problems]") {
  auto snapshot = example_data("[]", example_time()).snapshot;
  CHECK(upstream_problems(snapshot).empty());

  REQUIRE(snapshot.workers.size() == 2);
  for (auto& worker : snapshot.workers) {
    REQUIRE_FALSE(worker.upstreams.empty());
    worker.upstreams[0].loop_from = IpAddress::parse("10.1.1.2");
    worker.upstreams[0].loop_seen = snapshot.taken - 1min;
  }
  const auto problems = upstream_problems(snapshot);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].severity == policy::Severity::Error);
  CHECK(problems[0].text.find(snapshot.upstreams->servers[0].text()) != std::string::npos);
  CHECK(problems[0].text.find("10.1.1.2") != std::string::npos);
}

TEST_CASE("a loop that has not been seen for ten minutes is over", "[upstream_problems]") {
  auto snapshot = example_data("[]", example_time()).snapshot;
  auto& health = snapshot.workers.at(0).upstreams.at(0);
  health.loop_from = IpAddress::parse("10.1.1.2");
  health.loop_seen = snapshot.taken - 11min;
  CHECK(upstream_problems(snapshot).empty());
}

TEST_CASE("a server that does not answer is told, worse if none is left", "[upstream_problems]") {
  auto data = example_data("[]", example_time());
  auto set = std::make_shared<upstream::UpstreamSet>(*data.snapshot.upstreams);
  set->servers.push_back({.endpoint = *Endpoint::parse("192.0.2.54:53"), .tls_name = {}, .path = {}});
  set->pools[0].servers = {0, 1};
  data.snapshot.upstreams = set;
  const auto down = [&](std::size_t server) {
    for (auto& worker : data.snapshot.workers) {
      worker.upstreams.resize(2);
      worker.upstreams[server].asked = 10;
      worker.upstreams[server].up = false;
    }
  };
  down(0);
  const auto one = upstream_problems(data.snapshot);
  REQUIRE(one.size() == 1);
  CHECK(one[0].severity == policy::Severity::Warning);
  CHECK(one[0].text.find("192.0.2.53:53 does not answer; the other servers") == 0);
  down(1);
  const auto both = upstream_problems(data.snapshot);
  REQUIRE(both.size() == 2);
  CHECK(both[1].severity == policy::Severity::Error);
}
