#include "pipeline/overload.h"

#include <catch2/catch.hpp>

using namespace aven;
using pipeline::Overload;

namespace {

struct Worker {
  // One window in which `asked` questions need upstream and the kernel drops `drops`; how many went through.
  unsigned window(unsigned asked, unsigned drops) {
    now += Overload::Window;
    dropped += drops;
    unsigned through = 0;
    for (unsigned i = 0; i < asked; ++i) through += overload.lets_through(dropped, now) ? 1U : 0U;
    return through;
  }

  Overload overload;
  Tick now{std::chrono::hours{1}};
  std::uint64_t dropped = 0;
};

}  // namespace

TEST_CASE("while the kernel drops nothing every question goes upstream", "[pipeline]") {
  Worker worker;
  for (int i = 0; i < 1000; ++i) REQUIRE(worker.window(100, 0) == 100);
}

TEST_CASE("a burst that ends soon costs no question", "[pipeline]") {
  Worker worker;
  worker.window(100, 0);
  for (unsigned i = 1; i < Overload::Patience; ++i) REQUIRE(worker.window(100, 500) == 100);
  REQUIRE(worker.window(100, 0) == 100);
}

TEST_CASE("while it goes on ever fewer go upstream, but never none", "[pipeline]") {
  Worker worker;
  unsigned through = 0;
  for (int i = 0; i < 30; ++i) through = worker.window(640, 500);
  REQUIRE(through == 640 * Overload::Least / Overload::Whole);
}

TEST_CASE("the share settles where the drops end, and comes back when the load has gone", "[pipeline]") {
  Worker worker;
  for (int i = 0; i < 200; ++i) worker.window(64, worker.overload.share() > 20 ? 100 : 0);
  REQUIRE(worker.overload.share() >= 8);
  REQUIRE(worker.overload.share() <= 24);
  for (int i = 0; i < 100; ++i) worker.window(64, 0);
  REQUIRE(worker.overload.share() == Overload::Whole);
}

TEST_CASE("drops long ago are no reason: the first question after a pause goes through", "[pipeline]") {
  Worker worker;
  for (int i = 0; i < 30; ++i) worker.window(640, 500);
  worker.now += std::chrono::minutes{1};
  worker.window(1, 0);
  REQUIRE(worker.window(100, 0) == 100);
}
