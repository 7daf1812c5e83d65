#include "cache/worker_cache.h"

#include <catch2/catch.hpp>

#include "unit/cache/replies.h"

using namespace aven;
using namespace aven::cache;
using namespace aven::cache::tests;

namespace {

constexpr CacheLimits Limits{1U << 20, 3600};

// One of the workers, and what it was given last.
struct WorkerOf {
  explicit WorkerOf(CommonCache* common) : cache(Limits, 0x5eed, common) {}

  auto find(const dns::Ask& question, Tick now, NxdomainCut cut = NxdomainCut::Off) {
    return cache.find(question, now, cut, out);
  }
  auto find_stale(const dns::Ask& question, Tick now) { return cache.find_stale(question, now, out); }
  void insert(const dns::Ask& question, ReplyOf reply, Tick now, std::uint64_t generation = 7) {
    cache.insert(question, reply.clean(), generation, true, now);
  }

  WorkerCache cache;
  std::array<std::uint8_t, dns::MaxMessageSize> out{};
};

struct Two {
  CommonCache common{{4U << 20, 3600}, 0xc0ffee};
  WorkerOf first{&common}, second{&common};
};

}  // namespace

TEST_CASE("what one worker fetched the other has too, aged, judged and kept in its own cache", "[cache]") {
  Two two;
  const auto question = ask("www.example.com");
  auto reply = ReplyOf::addresses(question, 300, 42);
  two.first.insert(question, reply.authentic(), at(100));

  const auto hit = two.second.find(question, at(160));
  REQUIRE(hit);
  CHECK(id_of(hit->wire) == 42);
  CHECK(hit->least_ttl == 240);
  CHECK(hit->authentic);
  CHECK(hit->may_match);
  CHECK(hit->judged_generation == 7);

  two.common.flush_all();
  const auto own = two.second.find(question, at(170));
  REQUIRE(own);
  CHECK(own->least_ttl == 230);
  CHECK_FALSE(two.second.find(question, at(400)));
}

TEST_CASE("a reply is taken over only for its own question", "[cache]") {
  Two two;
  auto question = ask("www.example.com");
  two.first.insert(question, ReplyOf::addresses(question, 300), at(0));
  CHECK_FALSE(two.second.find(ask("www.example.com", dns::Type::AAAA), at(1)));
  auto other = question;
  other.route = 1;
  CHECK_FALSE(two.second.find(other, at(1)));
  other = question;
  other.dnssec_ok = true;
  CHECK_FALSE(two.second.find(other, at(1)));
}

TEST_CASE("a name that does not exist is known to all workers, for all types", "[cache]") {
  Two two;
  const auto question = ask("nowhere.example");
  two.first.insert(question, ReplyOf::nxdomain(question, 60), at(0));
  const auto hit = two.second.find(ask("nowhere.example", dns::Type::AAAA), at(10));
  REQUIRE(hit);
  CHECK(hit->rcode == dns::Rcode::NxDomain);
  CHECK(hit->least_ttl == 50);
}

TEST_CASE("an alias that leads nowhere speaks for its type alone in the other worker too", "[cache]") {
  Two two;
  const auto question = ask("alias.example");
  auto reply = ReplyOf::nxdomain(question, 60);
  two.first.insert(question, reply.aliased(), at(0));
  REQUIRE(two.second.find(question, at(1)));
  CHECK_FALSE(two.second.find(ask("alias.example", dns::Type::AAAA), at(1)));
}

TEST_CASE("a failure of one worker is its own, and another's reply takes its place", "[cache]") {
  Two two;
  const auto question = ask("www.example.com");
  two.first.cache.insert_failure(question, 30, at(0));
  REQUIRE(two.first.find(question, at(1))->failure);
  CHECK_FALSE(two.second.find(question, at(1)));

  two.second.insert(question, ReplyOf::addresses(question, 300, 9), at(2));
  const auto hit = two.first.find(question, at(3));
  REQUIRE(hit);
  CHECK_FALSE(hit->failure);
  CHECK(id_of(hit->wire) == 9);
}

TEST_CASE("near its end a popular reply is replaced by one that another worker has fetched anew", "[cache]") {
  Two two;
  const auto question = ask("www.example.com");
  two.first.insert(question, ReplyOf::addresses(question, 100, 1), at(0));
  for (int i = 0; i < 5; ++i) REQUIRE(id_of(two.first.find(question, at(10))->wire) == 1);
  two.second.insert(question, ReplyOf::addresses(question, 100, 2), at(90));

  const auto hit = two.first.find(question, at(95));
  REQUIRE(hit);
  CHECK(id_of(hit->wire) == 2);
  CHECK_FALSE(hit->wants_prefetch);
}

TEST_CASE("without a fresher one it is given as it is, and asked for before its end", "[cache]") {
  Two two;
  const auto question = ask("www.example.com");
  two.first.insert(question, ReplyOf::addresses(question, 100, 1), at(0));
  for (int i = 0; i < 5; ++i) REQUIRE(two.first.find(question, at(10)));
  const auto hit = two.first.find(question, at(95));
  REQUIRE(hit);
  CHECK(id_of(hit->wire) == 1);
  CHECK(hit->wants_prefetch);
}

TEST_CASE("what is past its end is taken from the common cache too", "[cache]") {
  Two two;
  const auto question = ask("www.example.com");
  two.first.insert(question, ReplyOf::addresses(question, 60, 5), at(0));
  CHECK_FALSE(two.second.find(question, at(100)));
  const auto old = two.second.find_stale(question, at(100));
  REQUIRE(old);
  CHECK(old->stale);
  CHECK(old->least_ttl == 30);
  two.second.cache.restamp(old->entry, 8, false);  // there is no entry of its own to be stamped
  CHECK_FALSE(two.second.find_stale(question, at(60 + 3600)));
}

TEST_CASE("when routes change their numbers nothing kept by the old ones is given, in any order of the workers",
          "[cache]") {
  Two two;
  auto question = ask("intranet.example");
  question.route = 1;
  two.first.cache.use_routes(1);
  two.second.cache.use_routes(1);
  two.first.insert(question, ReplyOf::addresses(question, 300, 1), at(0));
  REQUIRE(two.second.find(question, at(1)));

  two.second.cache.use_routes(2);
  CHECK_FALSE(two.second.find(question, at(2)));
  CHECK(id_of(two.first.find(question, at(2))->wire) == 1);  // still by its old book, from its own cache
  two.second.insert(question, ReplyOf::addresses(question, 300, 2), at(3));
  two.first.insert(question, ReplyOf::addresses(question, 300, 3), at(4));  // by the old book: for itself alone
  two.first.cache.use_routes(2);
  CHECK(id_of(two.first.find(question, at(5))->wire) == 2);
}

TEST_CASE("one worker alone has no common cache", "[cache]") {
  WorkerOf only{nullptr};
  const auto question = ask("www.example.com");
  CHECK_FALSE(only.find(question, at(0)));
  CHECK_FALSE(only.find_stale(question, at(0)));
  only.insert(question, ReplyOf::addresses(question, 300, 3), at(0));
  CHECK(id_of(only.find(question, at(1))->wire) == 3);
}
