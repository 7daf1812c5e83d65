#include "stats/top_k.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>

#include "support/counting_allocator.h"

using aven::stats::TopK;

namespace {

constexpr std::uint64_t Seed = 3;

// Names where name i is asked about 1/i as often as the first.
class SkewedNames {
 public:
  explicit SkewedNames(unsigned seed) : random_(seed) {}
  std::string next() {
    std::uniform_real_distribution<double> uniform{0.0, 1.0};
    return "n" + std::to_string(static_cast<int>(std::exp(uniform(random_) * 9.0)));
  }

 private:
  std::mt19937 random_;
};

using Truth = std::map<std::string, std::uint64_t>;

void check_against(const Truth& truth, const TopK& top, std::size_t capacity) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : truth) sum += count;
  std::map<std::string, TopK::Entry> held;
  for (const auto& entry : top.top(capacity)) held[entry.name] = entry;
  REQUIRE(held.size() <= capacity);
  for (const auto& [name, entry] : held) {
    const auto found = truth.find(name);
    const auto exact = found == truth.end() ? 0 : found->second;
    REQUIRE(exact <= entry.count);
    REQUIRE(exact + entry.error >= entry.count);
  }
  for (const auto& [name, count] : truth) {
    if (count > sum / capacity) REQUIRE(held.count(name) == 1);
  }
}

}  // namespace

TEST_CASE("as long as there is room the counts are exact", "[stats]") {
  TopK top{4, Seed};
  for (const auto* name : {"a", "b", "a", "c", "a", "b"}) top.add(name);
  const auto most = top.top(2);
  REQUIRE(most.size() == 2);
  CHECK(most[0].name == "a");
  CHECK(most[0].count == 3);
  CHECK(most[0].error == 0);
  CHECK(most[1].name == "b");
  top.clear();
  CHECK(top.top(5).empty());
  top.add("z");
  CHECK(top.top(5).size() == 1);
}

TEST_CASE("what is asked often is held and its count is within its error", "[stats]") {
  constexpr std::size_t Capacity = 100;
  TopK top{Capacity, Seed};
  SkewedNames names{1};
  Truth truth;
  for (int i = 0; i < 50000; ++i) {
    const auto name = names.next();
    top.add(name);
    ++truth[name];
  }
  check_against(truth, top, Capacity);
}

TEST_CASE("merged tops keep the promise for all that both have seen", "[stats]") {
  constexpr std::size_t Capacity = 100;
  TopK first{Capacity, Seed};
  TopK second{Capacity, Seed + 1};
  SkewedNames names{2};
  Truth truth;
  for (int i = 0; i < 50000; ++i) {
    const auto name = names.next();
    (i % 3 == 0 ? first : second).add(name);
    ++truth[name];
  }
  first.merge(second);
  check_against(truth, first, Capacity);
  first.add("n1", 1000000);
  CHECK(first.top(1).front().name == "n1");
}

TEST_CASE("names are octets, whatever they are, cut at 255", "[stats]") {
  TopK top{3, Seed};
  using namespace std::string_view_literals;
  top.add("a\0b"sv);
  top.add("a\0c"sv);
  top.add(std::string(300, 'x'));
  CHECK(top.top(3).size() == 3);
  CHECK(top.top(3)[2].name.size() == 255);
}

TEST_CASE("counting a name allocates nothing", "[stats][allocation]") {
  TopK top{10, Seed};
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i) names.push_back(std::string(200, 'x') + std::to_string(i));
  const aven::test::CountAllocations allocations;
  for (const auto& name : names) top.add(name);
  const auto count = allocations.count();
  CHECK(count == 0);
}
