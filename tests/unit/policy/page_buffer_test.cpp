#include "policy/page_buffer.h"

#include <catch2/catch.hpp>

using aven::policy::PageBuffer;

TEST_CASE("a buffer keeps its octets as it grows, and what is new is zero", "[policy]") {
  PageBuffer buffer;
  CHECK(buffer.data() == nullptr);
  buffer.resize(100);
  REQUIRE(buffer.size() >= 100);
  buffer.data()[99] = 7;
  buffer.resize(1 << 20);
  CHECK(buffer.data()[99] == 7);
  CHECK(buffer.data()[(1 << 20) - 1] == 0);
  buffer.resize(1);
  CHECK(buffer.data()[0] == 0);
  buffer.resize(0);
  CHECK(buffer.size() == 0);
}

TEST_CASE("a moved buffer takes its pages along", "[policy]") {
  PageBuffer first;
  first.resize(10);
  first.data()[3] = 9;
  PageBuffer second{std::move(first)};
  CHECK(second.data()[3] == 9);
  PageBuffer third;
  third.resize(5000);
  third = std::move(second);
  CHECK(third.data()[3] == 9);
}
