#include "base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

using namespace aven;

namespace {

// Gives the octets that it was told, over and over.
class Scripted final : public RandomSource {
 public:
  explicit Scripted(std::vector<std::uint8_t> octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) noexcept override {
    for (auto& octet : out) octet = octets_[at_++ % octets_.size()];
  }
  std::size_t used() const { return at_; }

 private:
  std::vector<std::uint8_t> octets_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("two octets make a number in network order", "[base]") {
  Scripted random{{0x12, 0x34}};
  CHECK(random.u16() == 0x1234);
}

TEST_CASE("below() stays below and reaches every value", "[base]") {
  SystemRandom random;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(5));
  CHECK(seen == std::set<std::uint32_t>{0, 1, 2, 3, 4});
  CHECK(random.below(1) == 0);
}

TEST_CASE("below() throws away what would make some values likelier", "[base]") {
  Scripted random{{0xff, 0xff, 0xff, 0xff, 7, 0, 0, 0}};
  CHECK(random.below(10) == 7);
  CHECK(random.used() == 8);
}

TEST_CASE("the system's randomness fills any size and does not repeat", "[base]") {
  SystemRandom random;
  std::vector<std::uint8_t> first(2000), second(2000);
  random.fill(first);
  random.fill(second);
  CHECK(first != second);
  CHECK(std::set<std::uint8_t>(first.begin(), first.end()).size() > 200);
  random.fill({});
}
