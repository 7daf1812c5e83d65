#include "cache/answer_cache.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "support/counting_allocator.h"
#include "unit/cache/replies.h"

using namespace aven;
using namespace aven::cache;
using namespace aven::cache::tests;
using dns::Rcode;
using dns::Type;

namespace {

dns::Record first_record(std::span<const std::uint8_t> wire) {
  dns::RecordWalk walk{wire};
  dns::Record record;
  REQUIRE(walk.next(record));
  return record;
}

bool holds_question(std::span<const std::uint8_t> wire, const dns::Ask& question) {
  ByteReader reader{wire, dns::HeaderSize};
  dns::Name name;
  return name.read(reader) && name == question.name && static_cast<Type>(reader.u16()) == question.type;
}

}  // namespace

TEST_CASE("what was kept is found, with its TTL counted down", "[cache]") {
  Cache cache;
  const auto question = ask("www.example.com");
  auto reply = ReplyOf::addresses(question, 300, 42);
  cache.kept.insert(question, reply.authentic().clean(), 7, true, at(100));

  const auto hit = cache.find(question, at(160));
  REQUIRE(hit);
  CHECK(id_of(hit->wire) == 42);
  CHECK(hit->wire.size() == reply.size());
  CHECK(hit->least_ttl == 240);
  CHECK(first_record(hit->wire).ttl == 240);
  CHECK(hit->rcode == Rcode::NoError);
  CHECK(hit->authentic);
  CHECK(hit->may_match);
  CHECK(hit->judged_generation == 7);
  CHECK_FALSE(hit->stale);
  CHECK_FALSE(hit->failure);
}

TEST_CASE("an entry lives until the second of its TTL and not longer", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 10), at(0));
  const auto hit = cache.find(question, at(10) - Duration{1});
  REQUIRE(hit);
  CHECK(hit->least_ttl == 1);
  CHECK_FALSE(cache.find(question, at(10)));
}

TEST_CASE("TTLs of several records count down each for itself", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  auto reply = ReplyOf::addresses(question, 300, 1, 2);
  auto clean = reply.clean();
  clean.wire[clean.wire.size() - 16 + 6] = 0;
  clean.wire[clean.wire.size() - 16 + 7] = 100;  // the TTL of the second record
  clean.wire[clean.wire.size() - 16 + 8] = 0;
  clean.ttl = 100;
  clean.wire[clean.wire.size() - 10] = clean.wire[clean.wire.size() - 9] = clean.wire[clean.wire.size() - 8] = 0;
  clean.wire[clean.wire.size() - 7] = 100;
  cache.kept.insert(question, clean, 1, false, at(0));
  const auto hit = cache.find(question, at(40));
  REQUIRE(hit);
  CHECK(first_record(hit->wire).ttl == 260);
  CHECK(hit->least_ttl == 60);
}

TEST_CASE("a reply with TTL 0 is not kept", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 0), at(0));
  CHECK(cache.kept.entry_count() == 0);
}

TEST_CASE("meta types are not kept", "[cache]") {
  Cache cache;
  for (const auto type : {Type::ANY, Type::AXFR, Type::TSIG, Type::OPT, Type{0}}) {
    const auto question = ask("example.com", type);
    cache.insert(question, ReplyOf::addresses(question, 60), at(0));
    cache.kept.insert_failure(question, 5, at(0));
  }
  CHECK(cache.kept.entry_count() == 0);
}

TEST_CASE("a reply to another question is not kept", "[cache]") {
  Cache cache;
  cache.insert(ask("a.example"), ReplyOf::addresses(ask("b.example"), 60), at(0));
  CHECK(cache.kept.entry_count() == 0);
}

TEST_CASE("name, type, class, DO, CD and route must all be equal", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  REQUIRE(cache.find(question, at(1)));

  auto other = question;
  SECTION("name") {
    other.name = name("example.org");
  }
  SECTION("a name that ends alike") {
    other.name = name("www.example.com");
  }
  SECTION("type") {
    other.type = Type::AAAA;
  }
  SECTION("class") {
    other.class_ = dns::Class::CH;
  }
  SECTION("DO: an answer without signatures is none for who asked for them") {
    other.dnssec_ok = true;
  }
  SECTION("CD") {
    other.checking_disabled = true;
  }
  SECTION("route") {
    other.route = 3;
  }
  CHECK_FALSE(cache.find(other, at(1)));
}

TEST_CASE("a newer reply replaces the older one, whatever its size", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  for (const unsigned records : {3U, 3U, 1U, 40U, 2U}) {
    cache.insert(question, ReplyOf::addresses(question, 60, static_cast<std::uint16_t>(records), records), at(0));
    const auto hit = cache.find(question, at(1));
    REQUIRE(hit);
    CHECK(id_of(hit->wire) == records);
    CHECK(dns::Header::read(hit->wire)->answers == records);
    CHECK(cache.kept.entry_count() == 1);
  }
}

TEST_CASE("a buffer that is too small gets nothing", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  CHECK_FALSE(cache.kept.find(question, at(1), NxdomainCut::Off, std::span{cache.out}.first(20)));
}

TEST_CASE("an NXDOMAIN speaks for every type of its name", "[cache][nxdomain]") {
  Cache cache;
  cache.insert(ask("gone.example"), ReplyOf::nxdomain(ask("gone.example"), 60), at(0));
  for (const auto type : {Type::A, Type::AAAA, Type::HTTPS, Type::TXT}) {
    const auto question = ask("gone.example", type);
    const auto hit = cache.find(question, at(10));
    REQUIRE(hit);
    CHECK(hit->rcode == Rcode::NxDomain);
    CHECK(holds_question(hit->wire, question));
    CHECK(hit->least_ttl == 50);
  }
  CHECK(cache.kept.entry_count() == 1);
  auto secure = ask("gone.example");
  secure.dnssec_ok = true;
  CHECK_FALSE(cache.find(secure, at(10)));
}

TEST_CASE("an NXDOMAIN at the end of aliases speaks for its own type alone", "[cache][nxdomain]") {
  Cache cache;
  const auto question = ask("alias.example");
  cache.insert(question, ReplyOf::nxdomain(question, 60).aliased(), at(0));
  CHECK(cache.find(question, at(1)));
  CHECK_FALSE(cache.find(ask("alias.example", Type::AAAA), at(1)));
  CHECK_FALSE(cache.find(ask("x.alias.example"), at(1), NxdomainCut::All));
}

TEST_CASE("of existence and non-existence the newer reply is right", "[cache][nxdomain]") {
  Cache cache;
  const auto a = ask("new.example");
  const auto aaaa = ask("new.example", Type::AAAA);
  cache.insert(aaaa, ReplyOf::nxdomain(aaaa, 600), at(0));
  cache.insert(a, ReplyOf::addresses(a, 60), at(1));
  CHECK(cache.find(a, at(2))->rcode == Rcode::NoError);
  CHECK_FALSE(cache.find(aaaa, at(2)));

  cache.insert(a, ReplyOf::nxdomain(a, 600), at(3));
  CHECK(cache.find(a, at(4))->rcode == Rcode::NxDomain);
}

TEST_CASE("below an NXDOMAIN there is nothing, as far as the mode goes", "[cache][nxdomain]") {
  Cache cache;
  cache.insert(ask("plain.example"), ReplyOf::nxdomain(ask("plain.example"), 60), at(0));
  cache.insert(ask("signed.example"), ReplyOf::nxdomain(ask("signed.example"), 60).authentic(), at(0));
  const auto under_plain = ask("a.b.plain.example", Type::AAAA);
  const auto under_signed = ask("a.b.signed.example", Type::AAAA);

  CHECK_FALSE(cache.find(under_plain, at(1), NxdomainCut::Off));
  CHECK_FALSE(cache.find(under_signed, at(1), NxdomainCut::Off));
  CHECK_FALSE(cache.find(under_plain, at(1), NxdomainCut::Secure));
  CHECK(cache.find(under_signed, at(1), NxdomainCut::Secure)->authentic);
  CHECK(cache.find(under_plain, at(1), NxdomainCut::All));
  CHECK(cache.find(under_signed, at(1), NxdomainCut::All));

  CHECK_FALSE(cache.find(ask("example"), at(1), NxdomainCut::All));
  CHECK_FALSE(cache.find(ask("other.example"), at(1), NxdomainCut::All));
  CHECK_FALSE(cache.find(ask("xplain.example"), at(1), NxdomainCut::All));
  CHECK_FALSE(cache.find(under_plain, at(60), NxdomainCut::All));
}

TEST_CASE("an NXDOMAIN from above is a whole reply to the question below", "[cache][nxdomain]") {
  Cache cache;
  cache.insert(ask("gone.example"), ReplyOf::nxdomain(ask("gone.example"), 60, 99), at(0));
  const auto question = ask("deep.down.gone.example", Type::HTTPS);
  const auto hit = cache.find(question, at(20), NxdomainCut::All);
  REQUIRE(hit);
  CHECK(hit->rcode == Rcode::NxDomain);
  CHECK(dns::Header::read(hit->wire)->rcode() == Rcode::NxDomain);
  CHECK(holds_question(hit->wire, question));
  CHECK(id_of(hit->wire) == 99);
  CHECK(hit->least_ttl == 40);
  CHECK(first_record(hit->wire).ttl == 40);
  CHECK_FALSE(hit->wants_prefetch);

  // What a policy says of this name must not be noted for the name above.
  CHECK(hit->judged_generation == 0);
  cache.kept.restamp(hit->entry, 9, true);
  CHECK(cache.find(ask("gone.example"), at(20))->judged_generation == 7);
}

TEST_CASE("compressed names stay right when an NXDOMAIN answers for a longer name", "[cache][nxdomain]") {
  Cache cache;
  const auto above = ask("gone.example");
  auto reply = ReplyOf::nxdomain(above, 60);
  auto clean = reply.clean();
  std::vector<std::uint8_t> wire{clean.wire.begin(), clean.wire.end() - 33};
  constexpr std::array<std::uint8_t, 19> Soa{0xc0, 17,  0,   6,    0,  1,    0,
                                             0,    0,   60,  0,    27,  // owner: "example" of the question
                                             2,    'n', 's', 0xc0, 17, 0xc0, 17};
  wire.insert(wire.end(), Soa.begin(), Soa.end());
  wire.insert(wire.end(), 20, 0);
  clean.wire = wire;
  cache.kept.insert(above, clean, 1, false, at(0));

  const auto hit = cache.find(ask("x.y.gone.example"), at(0), NxdomainCut::All);
  REQUIRE(hit);
  const auto soa = first_record(hit->wire);
  CHECK(soa.owner == name("example"));
  ByteReader reader{hit->wire, soa.rdata_position};
  dns::Name primary, mailbox;
  REQUIRE(primary.read(reader));
  REQUIRE(mailbox.read(reader));
  CHECK(primary == name("ns.example"));
  CHECK(mailbox == name("example"));
}

TEST_CASE("the cut stays inside its route and its DNSSEC flags", "[cache][nxdomain]") {
  Cache cache;
  auto above = ask("corp.example");
  above.route = 2;
  cache.insert(above, ReplyOf::nxdomain(above, 60).authentic(), at(0));
  auto below = ask("pc.corp.example");
  CHECK_FALSE(cache.find(below, at(1), NxdomainCut::All));
  below.route = 2;
  CHECK(cache.find(below, at(1), NxdomainCut::All));
  below.dnssec_ok = true;
  CHECK_FALSE(cache.find(below, at(1), NxdomainCut::All));
}

TEST_CASE("an entry of its own speaks before an NXDOMAIN above it", "[cache][nxdomain]") {
  Cache cache;
  const auto below = ask("www.gone.example");
  cache.insert(below, ReplyOf::addresses(below, 60), at(0));
  cache.insert(ask("gone.example"), ReplyOf::nxdomain(ask("gone.example"), 60), at(0));
  CHECK(cache.find(below, at(1), NxdomainCut::All)->rcode == Rcode::NoError);
}

TEST_CASE("an entry past its end is given only as a stale one, for so long", "[cache][stale]") {
  Cache cache{2U << 20, 1000};
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 300, 5), at(0));
  CHECK_FALSE(cache.find_stale(question, at(299)));
  CHECK_FALSE(cache.find(question, at(300)));

  const auto old = cache.find_stale(question, at(1299));
  REQUIRE(old);
  CHECK(old->stale);
  CHECK(id_of(old->wire) == 5);
  CHECK(old->least_ttl == 30);
  CHECK(first_record(old->wire).ttl == 30);
  CHECK_FALSE(old->wants_prefetch);
  CHECK_FALSE(cache.find_stale(question, at(1300)));
  cache.kept.set_serve_stale(0);
  CHECK_FALSE(cache.find_stale(question, at(300)));
}

TEST_CASE("a stale NXDOMAIN speaks for every type, unless the type's own entry is newer", "[cache][stale]") {
  Cache cache;
  const auto a = ask("name.example");
  const auto aaaa = ask("name.example", Type::AAAA);
  cache.insert(aaaa, ReplyOf::addresses(aaaa, 10), at(0));
  cache.insert(a, ReplyOf::nxdomain(a, 10), at(5));
  CHECK(cache.find_stale(ask("name.example", Type::TXT), at(20))->rcode == Rcode::NxDomain);
  CHECK(cache.find_stale(aaaa, at(20))->rcode == Rcode::NxDomain);
}

TEST_CASE("a look finds what is kept, live or stale, and counts as no question", "[cache]") {
  Cache cache{2U << 20, 1000};
  const auto a = ask("name.example"), gone = ask("gone.example"), broken = ask("broken.example");
  CHECK(cache.kept.look(a, at(0)).empty());
  cache.insert(a, ReplyOf::addresses(a, 300, 5), at(0));
  cache.insert(gone, ReplyOf::nxdomain(gone, 300), at(0));
  cache.kept.insert_failure(broken, 5, at(0));
  for (int i = 0; i < 100; ++i) CHECK(id_of(cache.kept.look(a, at(10))) == 5);
  CHECK(id_of(cache.kept.look(a, at(1299))) == 5);
  CHECK(cache.kept.look(a, at(1300)).empty());
  CHECK_FALSE(cache.kept.look(ask("gone.example", Type::TXT), at(10)).empty());
  CHECK_FALSE(cache.kept.look(broken, at(4)).empty());
  CHECK(cache.kept.look(broken, at(5)).empty());
  std::uint32_t asked = 0;
  for (std::uint32_t from = 0; asked == 0;) {
    from = cache.kept.walk(from, at(10), [&](const KeptAnswer& kept) { asked = kept.asked; });
    if (from == 0) break;
  }
  CHECK(asked == 1);
}

TEST_CASE("a failure is kept for its seconds, at most five minutes", "[cache][failure]") {
  Cache cache;
  const auto question = ask("broken.example");
  cache.kept.insert_failure(question, 5, at(0));
  const auto hit = cache.find(question, at(4));
  REQUIRE(hit);
  CHECK(hit->failure);
  CHECK(hit->rcode == Rcode::ServFail);
  CHECK(hit->least_ttl == 1);
  CHECK(holds_question(hit->wire, question));
  CHECK_FALSE(cache.find(ask("broken.example", Type::AAAA), at(4)));
  CHECK_FALSE(cache.find(question, at(5)));
  CHECK_FALSE(cache.find_stale(question, at(5)));

  cache.kept.insert_failure(question, 0, at(10));
  CHECK_FALSE(cache.find(question, at(10)));
  cache.kept.insert_failure(question, 100000, at(10));
  CHECK(cache.find(question, at(309)));
  CHECK_FALSE(cache.find(question, at(310)));
}

TEST_CASE("a failure stands beside an entry that can still be stale", "[cache][failure]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 10), at(0));
  cache.kept.insert_failure(question, 5, at(8));
  CHECK_FALSE(cache.find(question, at(9))->failure);
  CHECK(cache.find(question, at(11))->failure);
  CHECK(cache.find_stale(question, at(11)));

  cache.insert(question, ReplyOf::addresses(question, 10), at(12));
  CHECK_FALSE(cache.find(question, at(12))->failure);
  CHECK(cache.kept.entry_count() == 1);
}

TEST_CASE("a popular entry asks once for its renewal in the last tenth of its life", "[cache][prefetch]") {
  Cache cache;
  const auto question = ask("popular.example");
  for (const std::int64_t start : {0, 100}) {  // each life anew
    cache.insert(question, ReplyOf::addresses(question, 100), at(start));
    for (int i = 0; i < 5; ++i) CHECK_FALSE(cache.find(question, at(start + 89))->wants_prefetch);
    CHECK(cache.find(question, at(start + 90))->wants_prefetch);
    CHECK_FALSE(cache.find(question, at(start + 91))->wants_prefetch);
  }
}

TEST_CASE("what is asked seldom or lives shortly is not renewed early", "[cache][prefetch]") {
  Cache cache;
  const auto seldom = ask("seldom.example");
  cache.insert(seldom, ReplyOf::addresses(seldom, 100), at(0));
  CHECK_FALSE(cache.find(seldom, at(95))->wants_prefetch);
  const auto brief = ask("short.example");
  cache.insert(brief, ReplyOf::addresses(brief, 9), at(0));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(cache.find(brief, at(9) - Duration{1})->wants_prefetch);
}

TEST_CASE("an entry remembers the policy that looked at it last", "[cache]") {
  Cache cache;
  const auto question = ask("example.com");
  cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  cache.kept.restamp(cache.find(question, at(1))->entry, 8, true);
  CHECK(cache.find(question, at(1))->judged_generation == 8);
  CHECK(cache.find(question, at(1))->may_match);
  cache.kept.restamp(cache.find(question, at(1))->entry, 9, false);
  CHECK(cache.find(question, at(1))->judged_generation == 9);
  CHECK_FALSE(cache.find(question, at(1))->may_match);
}

TEST_CASE("a name is flushed with all its types, flags and routes, a subtree with all below", "[cache][flush]") {
  Cache cache;
  auto routed = ask("www.example.com", Type::AAAA);
  routed.route = 4;
  routed.dnssec_ok = true;
  const auto kept = {ask("example.com"), ask("www.example.com"), routed, ask("a.www.example.com"), ask("ple.com")};
  for (const auto& question : kept) cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  cache.insert(ask("x.www.example.com"), ReplyOf::nxdomain(ask("x.www.example.com"), 60), at(0));
  cache.kept.insert_failure(ask("www.example.com", Type::TXT), 60, at(0));

  CHECK(cache.kept.flush(name("nothing.example.com"), true) == 0);
  CHECK(cache.kept.flush(name("www.example.com"), false) == 3);
  CHECK_FALSE(cache.find(ask("www.example.com"), at(1)));
  CHECK_FALSE(cache.find(routed, at(1)));
  CHECK(cache.find(ask("a.www.example.com"), at(1)));
  CHECK(cache.kept.flush(name("example.com"), true) == 3);
  CHECK_FALSE(cache.find(ask("y.x.www.example.com"), at(1), NxdomainCut::All));
  CHECK(cache.find(ask("ple.com"), at(1)));
  CHECK(cache.kept.flush(name("."), true) == 1);
  CHECK(cache.kept.entry_count() == 0);
}

TEST_CASE("a flush of all gives the memory back and the cache goes on", "[cache][flush]") {
  Cache cache;
  const auto empty = cache.kept.memory_bytes();
  for (int i = 0; i < 5000; ++i) {
    const auto question = ask(numbered("n", i, ".example"));
    cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  }
  CHECK(cache.kept.memory_bytes() > empty + (256U << 10));
  cache.kept.flush_all();
  CHECK(cache.kept.entry_count() == 0);
  CHECK(cache.kept.memory_bytes() == empty);
  const auto question = ask("n1.example");
  CHECK_FALSE(cache.find(question, at(0)));
  cache.insert(question, ReplyOf::addresses(question, 60), at(0));
  CHECK(cache.find(question, at(0)));
}

TEST_CASE("a reply that is too big for the cache is not kept, and what it replaces is gone", "[cache]") {
  Cache cache{128U << 10};
  const auto question = ask("big.example");
  cache.insert(question, ReplyOf::addresses(question, 60, 1, 2), at(0));
  cache.insert(question, ReplyOf::addresses(question, 60, 1, 3000), at(0));
  CHECK_FALSE(cache.find(question, at(0)));
}

TEST_CASE("a cache without room keeps nothing and does not fail", "[cache]") {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{100}, std::size_t{32} << 10}) {
    Cache cache{bytes};
    const auto question = ask("example.com");
    cache.insert(question, ReplyOf::addresses(question, 60), at(0));
    cache.kept.insert_failure(question, 5, at(0));
    CHECK_FALSE(cache.find(question, at(0)));
    CHECK_FALSE(cache.find_stale(question, at(100)));
    CHECK(cache.kept.flush(name("."), true) == 0);
    cache.kept.flush_all();
  }
}

TEST_CASE("neither a hit nor a miss nor an insert allocates", "[cache][allocation]") {
  Cache cache{512U << 10};
  std::vector<dns::Ask> questions;
  std::vector<ReplyOf> replies;
  for (int i = 0; i < 4000; ++i) {
    questions.push_back(ask("n" + std::to_string(i) + ".a.example"));
    replies.push_back(ReplyOf::addresses(questions.back(), 300));
  }
  auto gone = ReplyOf::nxdomain(ask("gone.example"), 300);
  const auto below = ask("x.gone.example");

  const test::CountAllocations allocations;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    cache.kept.insert(questions[i], replies[i].clean(), 1, false, at(0));
    static_cast<void>(cache.find(questions[i], at(1)));
    static_cast<void>(cache.find(questions[(i + 1) % questions.size()], at(1)));
  }
  cache.kept.insert(ask("gone.example"), gone.clean(), 1, false, at(0));
  cache.kept.insert_failure(questions[0], 5, at(0));
  static_cast<void>(cache.find(below, at(1), NxdomainCut::All));
  static_cast<void>(cache.find_stale(questions[0], at(400)));
  const auto count = allocations.count();
  CHECK(count == 0);
  CHECK(cache.kept.evictions() > 0);
}

namespace {

// Every kept reply by its name, with how often it was asked.
std::map<std::string, std::uint32_t> walk_all(const Cache& cache, Tick now) {
  std::map<std::string, std::uint32_t> all;
  std::uint32_t from = 0;
  do {
    from = cache.kept.walk(from, now, [&](const KeptAnswer& kept) {
      ByteReader reader{kept.wire, dns::HeaderSize};
      dns::Name name;
      REQUIRE(name.read(reader));
      all[name.text()] += kept.asked;
    });
  } while (from != 0);
  return all;
}

}  // namespace

TEST_CASE("a walk sees every kept reply once, in many steps", "[cache]") {
  Cache cache;
  CHECK(walk_all(cache, at(0)).empty());
  constexpr int Names = 3000;
  for (int i = 0; i < Names; ++i) {
    const auto question = ask(numbered("n", i, ".example"));
    cache.insert(question, ReplyOf::addresses(question, 300), at(0));
  }
  const auto gone = ask("gone.example");
  cache.insert(gone, ReplyOf::nxdomain(gone, 300), at(0));  // no reply of a type
  REQUIRE(cache.find(gone, at(0)));
  const auto all = walk_all(cache, at(0));
  CHECK(all.size() == cache.kept.entry_count() - 1);  // a full bucket of the index may have cost a few
  CHECK(all.size() > Names - 10);
  for (const auto& [name, asked] : all) CHECK(asked == 1);
}

TEST_CASE("how often a name was asked counts the last hour, over its lives", "[cache]") {
  Cache cache;
  const auto question = ask("www.example.com");
  cache.insert(question, ReplyOf::addresses(question, 7200), at(0));
  for (int i = 0; i < 9; ++i) REQUIRE(cache.find(question, at(1)));
  CHECK(walk_all(cache, at(10))["www.example.com"] == 10);
  CHECK(walk_all(cache, at(7200))["www.example.com"] == 5);

  cache.insert(question, ReplyOf::addresses(question, 7200), at(1800));  // half of them are half an hour old
  CHECK(walk_all(cache, at(1800))["www.example.com"] == 6);
  cache.insert(question, ReplyOf::addresses(question, 7200), at(1800 + 3600));
  CHECK(walk_all(cache, at(1800 + 3600))["www.example.com"] == 1);
}
