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
