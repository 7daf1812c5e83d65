#include "cache/common_cache.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "unit/cache/replies.h"

using namespace aven;
using namespace aven::cache;
using namespace aven::cache::tests;

namespace {

dns::Ask host(int number) {
  return ask("h" + std::to_string(number) + ".zone.example");
}

}  // namespace

TEST_CASE("a subtree, a name or all of the common cache can be forgotten", "[cache]") {
  CommonCache common{{4U << 20, 0}, 1};
  for (int i = 0; i < 100; ++i) common.insert(host(i), 0, ReplyOf::addresses(host(i), 300).clean(), 1, false, at(0));
  REQUIRE(common.entry_count() == 100);
  CHECK(common.flush(name("h7.zone.example"), false) == 1);
  CHECK(common.flush(name("zone.example"), false) == 0);
  CHECK(common.flush(name("zone.example"), true) == 99);
  common.insert(host(1), 0, ReplyOf::addresses(host(1), 300).clean(), 1, false, at(0));
  CHECK(common.flush_all() == 1);
  CHECK(common.entry_count() == 0);
}

TEST_CASE("a walk meets every reply", "[cache]") {
  CommonCache common{{4U << 20, 0}, 1};
  for (int i = 0; i < 3000; ++i) common.insert(host(i), 0, ReplyOf::addresses(host(i), 300).clean(), 1, false, at(0));
  std::size_t met = 0;
  common.walk(at(1), [&](const KeptAnswer& kept) { met += kept.wire.empty() ? 0U : 1U; });
  CHECK(met == common.entry_count());
  CHECK(met > 2500);
}

TEST_CASE("it keeps within its memory and evicts", "[cache]") {
  constexpr std::size_t Most = 2U << 20;
  CommonCache common{{Most, 0}, 1};
  for (int i = 0; i < 50'000; ++i) common.insert(host(i), 0, ReplyOf::addresses(host(i), 300).clean(), 1, false, at(0));
  CHECK(common.memory_bytes() <= Most);
  CHECK(common.evictions() > 0);
  CHECK(common.entry_count() > 1000);
}

TEST_CASE("threads that find, keep and flush at once always get whole replies", "[cache]") {
  CommonCache common{{1U << 20, 0}, 1};
  std::atomic<std::size_t> found{0}, wrong{0};
  const auto work = [&](int seed) {
    std::vector<std::uint8_t> out(dns::MaxMessageSize);
    for (int i = 0; i < 20'000; ++i) {
      const int number = (i * 7 + seed) % 500;
      if (const auto hit = common.find(host(number), 0, at(1), out)) {
        ++found;
        wrong += id_of(hit->wire) == static_cast<std::uint32_t>(number) ? 0U : 1U;
      } else {
        auto reply = ReplyOf::addresses(host(number), 300, static_cast<std::uint16_t>(number));
        common.insert(host(number), 0, reply.clean(), 1, false, at(0));
      }
      if (i % 5000 == 4999) common.flush(name("h3.zone.example"), false);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  CHECK(found > 0);
  CHECK(wrong == 0);
}
