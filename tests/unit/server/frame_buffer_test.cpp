#include "server/frame_buffer.h"

#include <catch2/catch.hpp>

#include "unit/server/support.h"

using namespace aven;
using test::framed;

TEST_CASE("messages come out whole, however they were split", "[server]") {
  const std::string stream = framed("first") + framed("") + framed(std::string(3000, 'x')) + framed("last");
  for (const std::size_t step : {1U, 2U, 3U, 7U, 100U, 5000U}) {
    server::FrameBuffer buffer;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      buffer.append(test::bytes(stream.substr(at, step)));
      while (const auto message = buffer.next()) seen.push_back(test::text(*message));
    }
    CHECK(seen == std::vector<std::string>{"first", "", std::string(3000, 'x'), "last"});
    CHECK_FALSE(buffer.has_message());
  }
}

TEST_CASE("a message of the greatest length fits", "[server]") {
  server::FrameBuffer buffer;
  buffer.append(test::bytes(framed(std::string(65535, 'y'))));
  REQUIRE(buffer.has_message());
  CHECK(buffer.next()->size() == 65535);
}
