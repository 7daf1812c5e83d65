// The cache against a plain map: it may forget, but what it gives is what the map says, and it stays in its
// bounds.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <tuple>

#include "unit/cache/replies.h"

using namespace aven;
using namespace aven::cache;
using namespace aven::cache::tests;
using dns::Type;

namespace {

constexpr std::size_t MaxBytes = 192U << 10;

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed), cache_(MaxBytes, 50) {}

  void step() {
    now_ += std::chrono::milliseconds{below(40)};
    const auto what = below(100);
    if (what < 45) return insert();
    if (what < 50) return insert_nxdomain();
    if (what < 97) return find();
    if (what < 99) return flush();
    cache_.find_stale(question(), now_);
  }
  void check_bounds() const { REQUIRE(cache_.kept.memory_bytes() <= MaxBytes); }
  int hits() const { return hits_; }

 private:
  struct Kept {
    std::uint16_t id;
    std::uint32_t ttl;
    Tick inserted;
  };
  using NameKey = std::tuple<dns::Name, bool, dns::RouteId>;
  using FullKey = std::pair<NameKey, Type>;

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

  dns::Ask question() {
    const auto number = below(2) == 0 ? below(40) : below(4000);
    auto made = ask("n" + std::to_string(number) + (below(4) == 0 ? ".a.example" : ".example"),
                    below(3) == 0 ? Type::AAAA : Type::A);
    made.dnssec_ok = below(4) == 0;
    made.route = static_cast<dns::RouteId>(below(2));
    return made;
  }
  static NameKey name_key(const dns::Ask& a) { return {a.name, a.dnssec_ok, a.route}; }

  void insert() {
    const auto q = question();
    const Kept kept{next_id(), 1 + below(120), now_};
    cache_.insert(q, ReplyOf::addresses(q, kept.ttl, kept.id, 1 + below(below(8) == 0 ? 60 : 4)), now_);
    exact_[{name_key(q), q.type}] = kept;
    nxdomains_.erase(name_key(q));
  }
  void insert_nxdomain() {
    const auto q = question();
    const Kept kept{next_id(), 1 + below(60), now_};
    cache_.insert(q, ReplyOf::nxdomain(q, kept.ttl, kept.id), now_);
    nxdomains_[name_key(q)] = kept;
    exact_.erase({name_key(q), q.type});
  }
  void find() {
    const auto q = question();
    const auto hit = cache_.find(q, now_, NxdomainCut::Off);
    if (!hit) return;
    ++hits_;
    const auto exact = exact_.find({name_key(q), q.type});
    const auto nxdomain = nxdomains_.find(name_key(q));
    const bool negative = hit->rcode == dns::Rcode::NxDomain;
    REQUIRE((negative ? nxdomain != nxdomains_.end() : exact != exact_.end()));
    const Kept& kept = negative ? nxdomain->second : exact->second;
    REQUIRE(id_of(hit->wire) == kept.id);
    const auto age = seconds_between(kept.inserted, now_);
    REQUIRE(age < kept.ttl);
    REQUIRE(hit->least_ttl == kept.ttl - age);
  }
  void flush() {
    const auto q = question();
    cache_.kept.flush(q.name, false);
    std::erase_if(exact_, [&](const auto& each) { return std::get<0>(each.first.first) == q.name; });
    std::erase_if(nxdomains_, [&](const auto& each) { return std::get<0>(each.first) == q.name; });
  }
  std::uint16_t next_id() { return ++id_; }

  std::mt19937 random_;
  Cache cache_;
  std::map<FullKey, Kept> exact_;
  std::map<NameKey, Kept> nxdomains_;
  Tick now_{};
  std::uint16_t id_ = 0;
  int hits_ = 0;
};

}  // namespace

TEST_CASE("the cache never gives what a plain map would not, and keeps its bounds", "[cache][model]") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    Model model{seed};
    for (int i = 0; i < 60000; ++i) {
      model.step();
      model.check_bounds();
    }
    CHECK(model.hits() > 5000);
  }
}
