#include "server/gathering.h"

#include <catch2/catch.hpp>

using namespace aven;

TEST_CASE("a question is complete with the last answer, questions do not mix", "[server]") {
  server::Gathering<int> gathering;
  std::vector<int> first, second;
  const auto one = gathering.start(2, [&](const auto& answers) { first = answers; });
  const auto other = gathering.start(2, [&](const auto& answers) { second = answers; });
  gathering.add(other, 1, 21);
  gathering.add(one, 1, 11);
  CHECK(first.empty());
  gathering.add(one, 0, 10);
  CHECK(first == std::vector{10, 11});
  CHECK(second.empty());
  gathering.add(other, 0, 20);
  CHECK(second == std::vector{20, 21});
  gathering.add(other, 0, 99);  // nobody asks any more
  CHECK(second == std::vector{20, 21});
}
