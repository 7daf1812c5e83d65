#include "uv/process_signal.h"

#include <catch2/catch.hpp>
#include <csignal>

using namespace aven;

TEST_CASE("a signal reaches the loop", "[uv]") {
  uv::Loop loop;
  int seen = 0;
  uv::ProcessSignal signal{loop, SIGUSR1, [&] {
                             ++seen;
                             loop.stop();
                           }};
  std::raise(SIGUSR1);
  loop.run();
  CHECK(seen == 1);
}
