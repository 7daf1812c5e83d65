#include "uv/timer.h"

#include <catch2/catch.hpp>
#include <memory>

using namespace aven;
using namespace std::chrono_literals;

TEST_CASE("a timer fires once", "[uv]") {
  uv::Loop loop;
  int fired = 0;
  uv::Timer timer{loop, [&] { ++fired; }};
  timer.start(1ms);
  loop.run();
  CHECK(fired == 1);
  CHECK_FALSE(timer.is_active());
}

TEST_CASE("a repeating timer fires until it is stopped", "[uv]") {
  uv::Loop loop;
  int fired = 0;
  std::unique_ptr<uv::Timer> timer;
  timer = std::make_unique<uv::Timer>(loop, [&] {
    if (++fired == 3) timer->stop();
  });
  timer->start(1ms, 1ms);
  loop.run();
  CHECK(fired == 3);
}

TEST_CASE("a timer that is destroyed before its time does not fire", "[uv]") {
  uv::Loop loop;
  bool fired = false;
  auto timer = std::make_unique<uv::Timer>(loop, [&] { fired = true; });
  uv::Timer killer{loop, [&] { timer.reset(); }};
  timer->start(1h);
  killer.start(1ms);
  loop.run();
  CHECK_FALSE(fired);
}
