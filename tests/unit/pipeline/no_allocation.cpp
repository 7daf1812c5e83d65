// The promise of DESIGN.md section 9 for the whole way of a query: a blocked, a cached, a refused and a malformed
// question allocate nothing and lock nothing, a forwarded one allocates at most once.
#include <catch2/catch.hpp>

#include "support/client_answer.h"
#include "support/counting_allocator.h"
#include "support/counting_locks.h"
#include "support/pipeline_rig.h"

using namespace aven;
using stats::Counter;

namespace {

const std::string Rules = R"({"format": 1, "pack": "p", "rules": [
  {"id": "b", "action": "sinkhole", "domains": ["chatgpt.com"], "answer": {"ipv4": ["0.0.0.0"]}, "reason": {"en": "why"}},
  {"id": "n", "action": "nxdomain", "domains": ["gone.example"]}]})";

constexpr std::array<std::uint8_t, 16> Address{0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};
constexpr int Times = 1000;

std::size_t allocations_of(test::PipelineRig& rig, const test::Bytes& query, const char* client = "10.0.0.1") {
  const test::CountAllocations allocations;
  const test::CountLocks locks;
  for (int i = 0; i < Times; ++i) rig.ask(query, client);
  REQUIRE(locks.count() == 0);
  return allocations.count();
}

}  // namespace

TEST_CASE("a blocked, refused or malformed question allocates nothing", "[pipeline]") {
  test::PipelineRig rig{{Rules}};
  for (const auto* type : {"A", "AAAA", "HTTPS", "ANY"}) {
    REQUIRE(allocations_of(rig, test::to_wire(test::ClientQuery{.name = "a.chatgpt.com", .type = type})) == 0);
  }
  REQUIRE(allocations_of(rig, test::to_wire(test::ClientQuery{.name = "gone.example"})) == 0);
  REQUIRE(rig.count(Counter::blocked) == 5 * Times);
  REQUIRE(allocations_of(rig, test::to_wire(test::ClientQuery{.name = "x.example"}), "203.0.113.1") == 0);
  REQUIRE(allocations_of(rig, test::to_wire(test::ClientQuery{.name = "x.example", .recursion_desired = false})) == 0);
  REQUIRE(rig.count(Counter::refused) == 2 * Times);
  REQUIRE(allocations_of(rig, test::Bytes{0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}) == 0);
  REQUIRE(rig.count(Counter::malformed) == Times);
}

TEST_CASE("a blocked question that is logged allocates nothing", "[pipeline]") {
  pipeline::Settings settings;
  settings.log_levels = {stats::LogLevel::All};
  stats::QueryRing ring{4096};
  test::PipelineRig rig{{Rules}, {}, settings};
  rig.pipeline().log_to(ring);
  REQUIRE(allocations_of(rig, test::to_wire(test::ClientQuery{.name = "a.chatgpt.com"})) == 0);
  stats::QueryRecord record;
  REQUIRE(ring.pop(record));
  REQUIRE(rig.count(Counter::log_dropped) == 0);
}

TEST_CASE("a cached answer allocates nothing", "[pipeline]") {
  test::PipelineRig rig{{Rules}};
  const auto query = test::to_wire(test::ClientQuery{.name = "www.example"});
  rig.ask(query);
  rig.reply(1, Address);
  REQUIRE(allocations_of(rig, query) == 0);
  REQUIRE(rig.count(Counter::cached) == Times);
}

TEST_CASE("with several workers a hit takes no lock, and what another fetched takes one", "[pipeline]") {
  cache::CommonCache common{{.max_bytes = 4U << 20}, 1};
  test::PipelineRig first{{Rules}, {}, {}, &common}, second{{Rules}, {}, {}, &common};
  const auto query = test::to_wire(test::ClientQuery{.name = "www.example"});
  first.ask(query);
  first.reply(1, Address);
  REQUIRE(allocations_of(first, query) == 0);

  const test::CountAllocations allocations;
  const test::CountLocks locks;
  second.ask(query);
  REQUIRE(locks.count() == 1);
  REQUIRE(allocations.count() == 0);
  REQUIRE(second.count(Counter::cached) == 1);
  REQUIRE(allocations_of(second, query) == 0);
}

TEST_CASE("a forwarded question allocates at most once", "[pipeline]") {
  test::PipelineRig rig{{Rules}};
  std::vector<test::Bytes> queries;
  for (int i = 0; i < 2 * Times; ++i) {
    queries.push_back(test::to_wire(test::ClientQuery{.name = "n" + std::to_string(i) + ".example"}));
  }
  const auto forward = [&](int first) {
    for (int i = first; i < first + Times; ++i) {
      rig.ask(queries[static_cast<std::size_t>(i)]);
      rig.reply(1, Address);
    }
  };
  forward(0);  // the tables reach their size
  const test::CountAllocations allocations;
  forward(Times);
  REQUIRE(allocations.count() <= Times);
  REQUIRE(rig.count(Counter::forwarded) == 2 * Times);
}
