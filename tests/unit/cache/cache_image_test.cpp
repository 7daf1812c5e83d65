#include "cache/cache_image.h"

#include <catch2/catch.hpp>
#include <random>

#include "unit/cache/replies.h"

using namespace aven;
using namespace aven::cache;
using namespace aven::cache::tests;

namespace {

constexpr dns::RouteId Inside = 1;

std::optional<dns::CleanLimits> limits_of(dns::RouteId route) {
  if (route > Inside) return std::nullopt;
  dns::CleanLimits limits;
  limits.max_ttl = route == Inside ? 60 : 86400;
  return limits;
}

struct Read {
  std::size_t replies;
  bool whole;
};
// As it is at 5, from an image that was written `age_s` before.
Read read_image(std::span<const std::uint8_t> image, Cache& cache, std::uint32_t age_s = 0) {
  ImageReader reader{image, at(5) - std::chrono::seconds{age_s}};
  while (reader.restore(2, limits_of, at(5), cache.kept)) {
  }
  return {reader.replies(), reader.is_whole()};
}

std::vector<std::uint8_t> image_of(const Cache& cache, Tick now) {
  std::vector<std::uint8_t> out;
  write_image(cache.kept, now, out);
  return out;
}

// A cache with one reply of each kind, as it is at 1000.
void fill(Cache& cache) {
  cache.insert(ask("www.example"), ReplyOf::addresses(ask("www.example"), 300, 7, 2), at(1000));
  cache.insert(ask("none.example"), ReplyOf::nxdomain(ask("none.example"), 200, 8), at(1000));
  auto secure = ask("secure.example");
  secure.dnssec_ok = secure.checking_disabled = true;
  cache.insert(secure, ReplyOf::addresses(secure, 400, 9).authentic(), at(1000));
  auto inside = ask("www.example");
  inside.route = Inside;
  cache.insert(inside, ReplyOf::addresses(inside, 50, 10), at(1000));
  cache.kept.insert_failure(ask("failed.example"), 300, at(1000));
}

}  // namespace

TEST_CASE("what was kept is there again, older by the time between", "[cache_image]") {
  Cache before, after;
  fill(before);
  const auto image = image_of(before, at(1010));
  // Another boot: its clock begins anew.
  const auto read = read_image(image, after, 20);
  CHECK(read.whole);
  CHECK(read.replies == 4);
  const auto found = after.find(ask("www.example"), at(5));
  REQUIRE(found);
  CHECK(found->least_ttl == 270);
  CHECK(id_of(found->wire) == 7);
  CHECK(found->judged_generation == 0);
  CHECK_FALSE(found->authentic);
  const auto none = after.find(ask("none.example", dns::Type::TXT), at(6));
  REQUIRE(none);
  CHECK(none->rcode == dns::Rcode::NxDomain);
  CHECK(none->least_ttl == 169);
  auto secure = ask("secure.example");
  CHECK_FALSE(after.find(secure, at(5)));
  secure.dnssec_ok = secure.checking_disabled = true;
  REQUIRE(after.find(secure, at(5)));
  CHECK(after.find(secure, at(5))->authentic);
  auto inside = ask("www.example");
  inside.route = Inside;
  CHECK(id_of(after.find(inside, at(5))->wire) == 10);
  CHECK_FALSE(after.find(inside, at(26)));
  CHECK_FALSE(after.find(ask("failed.example"), at(5)));
}

TEST_CASE("an old reply can still be stale after a restart", "[cache_image]") {
  Cache before, after;
  fill(before);
  const auto image = image_of(before, at(1310));
  read_image(image, after);
  CHECK_FALSE(after.find(ask("www.example"), at(5)));
  CHECK(after.find_stale(ask("www.example"), at(5)));
  Cache later;
  read_image(image, later, 7200);
  CHECK_FALSE(later.find_stale(ask("www.example"), at(5)));
}

TEST_CASE("a TTL above the limits of its route is cut on the way in", "[cache_image]") {
  Cache before, after;
  auto inside = ask("www.example");
  inside.route = Inside;
  before.insert(inside, ReplyOf::addresses(inside, 3000), at(1000));
  read_image(image_of(before, at(1000)), after);
  CHECK(after.find(inside, at(5))->least_ttl == 60);
}

TEST_CASE("a broken image gives what is whole in it and never more", "[cache_image]") {
  Cache before;
  fill(before);
  const auto image = image_of(before, at(1010));
  for (std::size_t size = 0; size < image.size(); ++size) {
    Cache after;
    const std::vector<std::uint8_t> part(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = read_image(part, after);
    CHECK(read.replies < 4);
    CHECK(after.kept.entry_count() == read.replies);
  }
  for (std::size_t place = 0; place < image.size(); ++place) {
    Cache after;
    auto changed = image;
    changed[place] ^= 0xff;
    CHECK(read_image(changed, after).replies <= 4);
  }
}

TEST_CASE("a reply of a route that is gone ends the reading", "[cache_image]") {
  Cache before, after;
  auto gone = ask("www.example");
  gone.route = 2;
  before.insert(gone, ReplyOf::addresses(gone, 300), at(1000));
  const auto read = read_image(image_of(before, at(1000)), after);
  CHECK(read.replies == 0);
  CHECK_FALSE(read.whole);
}

TEST_CASE("what came since the start is newer than what the image holds", "[cache_image]") {
  Cache before, after;
  fill(before);
  after.insert(ask("www.example"), ReplyOf::addresses(ask("www.example"), 300, 99), at(4));
  after.insert(ask("none.example"), ReplyOf::addresses(ask("none.example"), 300, 98), at(4));
  CHECK(read_image(image_of(before, at(1010)), after).replies == 4);
  CHECK(id_of(after.find(ask("www.example"), at(5))->wire) == 99);
  CHECK(id_of(after.find(ask("none.example"), at(5))->wire) == 98);
}

TEST_CASE("a cache that was full comes back nearly whole, what was popular first", "[cache_image]") {
  Cache before{1U << 20}, after{1U << 20};
  const auto question = [](int i) { return ask(numbered("n", i, ".example")); };
  for (int i = 0; i < 20000; ++i) {
    before.insert(question(i), ReplyOf::addresses(question(i), 3000), at(1000));
    if (i < 100 || i % 50 == 0) {
      for (int hit = 0; hit < 100; ++hit) static_cast<void>(before.find(question(hit), at(1000)));
    }
  }
  REQUIRE(before.kept.evictions() > 0);
  CHECK(read_image(image_of(before, at(1001)), after).whole);
  CHECK(after.kept.entry_count() > before.kept.entry_count() * 9 / 10);
  for (int i = 0; i < 100; ++i) CHECK(after.find(question(i), at(6)));
}

// The file's checksum keeps chance out; this is for whoever can compute one.
TEST_CASE("hostile images do no harm", "[cache_image]") {
  Cache before;
  fill(before);
  const auto image = image_of(before, at(1010));
  std::minstd_rand chance{20261124};  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 20000; ++round) {
    Cache after{64U << 10};
    auto hostile = image;
    for (unsigned changes = 1 + chance() % 8; changes > 0; --changes) {
      hostile[chance() % hostile.size()] = static_cast<std::uint8_t>(chance());
    }
    if (chance() % 4 == 0) hostile.resize(chance() % hostile.size());
    const auto read = read_image(hostile, after, chance() % 2 == 0 ? 0 : 7000);
    CHECK(after.kept.entry_count() <= read.replies);
    for (const auto* asked : {"www.example", "none.example", "secure.example"}) {
      static_cast<void>(after.find(ask(asked), at(5), NxdomainCut::All));
      static_cast<void>(after.find_stale(ask(asked), at(5)));
    }
  }
}

TEST_CASE("noise is no image", "[cache_image]") {
  std::minstd_rand chance{7};  // NOLINT(cert-msc51-cpp): the same each time
  for (int round = 0; round < 5000; ++round) {
    Cache after{64U << 10};
    std::vector<std::uint8_t> noise(chance() % 200);
    for (auto& octet : noise) octet = static_cast<std::uint8_t>(chance());
    read_image(noise, after);
    CHECK(after.kept.entry_count() == 0);
  }
}
