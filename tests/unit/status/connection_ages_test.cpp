#include "status/connection_ages.h"

#include <array>
#include <catch2/catch.hpp>
#include <unistd.h>

namespace aven::status {
namespace {

using namespace std::chrono_literals;

struct Pair {
  std::array<int, 2> ends{};
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  bool is_shut() const {
    char octet = 0;
    return ::recv(ends[1], &octet, 1, 0) == 0;
  }
};

TEST_CASE("a connection that owes a request for too long is shut down", "[status]") {
  ConnectionAges ages{20s};
  const Pair slow, busy, gone;
  const Tick start = Tick{} + 1h;
  for (const auto* pair : {&slow, &busy, &gone}) ages.opened(pair->ends[0], start);
  CHECK(ages.end_slow(start + 20s) == 0);
  ages.answered(busy.ends[0], start + 10s);
  ages.closed(gone.ends[0]);
  CHECK(ages.end_slow(start + 21s) == 1);
  CHECK(slow.is_shut());
  CHECK_FALSE(busy.is_shut());
  CHECK_FALSE(gone.is_shut());
  CHECK(ages.end_slow(start + 31s) == 2);  // the slow one stays until the library has closed it
  CHECK(busy.is_shut());
}

}  // namespace
}  // namespace aven::status
