#include "base/guarded.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace aven;

TEST_CASE("threads that share a Guarded lose no change", "[base]") {
  Guarded<int> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) sum.with([](int& value) { ++value; });
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(sum.with([](int& value) { return value; }) == 4000);
}

TEST_CASE("with() can give the value itself", "[base]") {
  Guarded<std::vector<int>> list{std::vector<int>{1, 2}};
  auto& inside = list.with([](std::vector<int>& value) -> std::vector<int>& { return value; });
  CHECK(inside.size() == 2);
}
