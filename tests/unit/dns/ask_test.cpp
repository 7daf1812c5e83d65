#include "dns/ask.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "support/message_builder.h"

using namespace aven::dns;
using aven::test::name_of;

namespace {

// Questions that differ from the first in one thing each.
std::vector<Ask> different() {
  const Ask base{name_of("www.example.com")};
  std::vector<Ask> asks(7, base);
  asks[1].name = name_of("www.example.org");
  asks[2].type = Type::AAAA;
  asks[3].class_ = Class::CH;
  asks[4].dnssec_ok = true;
  asks[5].checking_disabled = true;
  asks[6].route = 1;
  return asks;
}

}  // namespace

TEST_CASE("every part of an ask makes it another question", "[dns]") {
  const auto asks = different();
  std::set<std::uint64_t> hashes;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    hashes.insert(asks[i].hash(1));
    for (std::size_t j = 0; j < asks.size(); ++j) CHECK((asks[i] == asks[j]) == (i == j));
  }
  CHECK(hashes.size() == asks.size());
}

TEST_CASE("equal asks have equal hashes, whatever case they were written in", "[dns]") {
  CHECK(Ask{name_of("WWW.example.com")}.hash(5) == Ask{name_of("www.EXAMPLE.com")}.hash(5));
}

TEST_CASE("the hash depends on the seed", "[dns]") {
  const Ask ask{name_of("www.example.com")};
  CHECK(ask.hash(1) != ask.hash(2));
}
