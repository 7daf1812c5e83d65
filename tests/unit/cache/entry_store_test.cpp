#include "cache/entry_store.h"

#include <catch2/catch.hpp>

#include "unit/cache/replies.h"

using namespace aven::cache;
using namespace aven::cache::tests;

namespace {

Key key_of(const aven::dns::Ask& question, std::uint64_t hash) {
  return make_key(question, Kind::Exact, question.name.wire(), hash);
}

// An entry of so many octets, which is its name alone.
Entry* keep(EntryStore& store, const aven::dns::Ask& question, std::uint64_t hash, std::size_t wire_size) {
  Entry* entry = store.make(key_of(question, hash), Entry::units_for(wire_size, 0), at(0), 3600);
  if (entry == nullptr) return nullptr;
  entry->inserted = 0;
  entry->ttl = 3600;
  entry->wire_size = static_cast<std::uint16_t>(wire_size);
  entry->ttl_count = 0;
  entry->hits = 0;
  const auto name = question.name.wire();
  std::copy(name.begin(), name.end(), entry->wire_data() + aven::dns::HeaderSize);
  store.keep(*entry);
  return entry;
}

}  // namespace

TEST_CASE("two keys with one tag are told apart", "[cache]") {
  EntryStore store{1U << 20};
  const auto a = ask("a.example");
  const auto b = ask("b.example");
  keep(store, a, 1, 100);
  keep(store, b, 1, 100);
  REQUIRE(key_of(a, 1).tag == key_of(b, 1).tag);
  CHECK(store.find(key_of(a, 1))->is(key_of(a, 1)));
  CHECK(store.find(key_of(b, 1))->is(key_of(b, 1)));
  CHECK(store.size() == 2);
}

TEST_CASE("when many keys share a bucket the one asked least makes room", "[cache]") {
  EntryStore store{1U << 20};
  for (int i = 0; i < 16; ++i) {
    keep(store, ask("n" + std::to_string(i) + ".example"), 1, 100)->frequency = i == 3 ? 0 : 2;
  }
  keep(store, ask("new.example"), 1, 100);
  CHECK(store.find(key_of(ask("n3.example"), 1)) == nullptr);
  CHECK(store.find(key_of(ask("n0.example"), 1)) != nullptr);
  CHECK(store.find(key_of(ask("new.example"), 1)) != nullptr);
  CHECK(store.evictions() == 1);
}

TEST_CASE("an entry that comes back soon after it fell out goes where it stays", "[cache]") {
  EntryStore store{128U << 10};
  const auto fill = [&](int from, int count) {
    for (int i = from; i < from + count; ++i) {
      keep(store, ask("n" + std::to_string(i) + ".example"), static_cast<std::uint64_t>(i), 400);
    }
  };
  fill(0, 1000);
  const auto back = ask("back.example");
  keep(store, back, 5000, 400);
  fill(1000, 100);
  REQUIRE(store.find(key_of(back, 5000)) == nullptr);
  keep(store, back, 5000, 400);
  fill(1100, 100);
  CHECK(store.find(key_of(back, 5000)) != nullptr);
}

TEST_CASE("all that is hot can still be replaced, in bounded time", "[cache]") {
  EntryStore store{128U << 10};
  for (int i = 0; i < 2000; ++i) {
    Entry* entry = keep(store, ask("n" + std::to_string(i) + ".example"), static_cast<std::uint64_t>(i), 300);
    REQUIRE(entry != nullptr);
    entry->frequency = Entry::MostFrequency;
  }
  CHECK(store.size() > 200);
  CHECK(store.touched_bytes() <= 128U << 10);
}

TEST_CASE("an empty cache takes next to no memory, however large it may become", "[cache][memory]") {
  Cache cache{std::size_t{1} << 30};
  CHECK(cache.kept.memory_bytes() < 8192);
}

TEST_CASE("a flood of names that are asked once does not push out what is popular", "[cache][eviction]") {
  Cache cache;
  const auto popular = [](int i) { return ask(numbered("popular", i, ".example")); };
  for (int i = 0; i < 2000; ++i) cache.insert(popular(i), ReplyOf::addresses(popular(i), 86400), at(0));
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) static_cast<void>(cache.find(popular(i), at(1)));
  }
  for (int i = 0; i < 200000; ++i) {
    const auto random = ask(numbered("r", i, ".victim.example"));
    cache.insert(random, ReplyOf::nxdomain(random, 3600), at(2));
  }
  int left = 0;
  for (int i = 0; i < 2000; ++i) left += cache.find(popular(i), at(3)) ? 1 : 0;
  CHECK(left >= 1990);
  CHECK(cache.kept.evictions() > 150000);
  CHECK(cache.kept.memory_bytes() <= 2U << 20);
}

TEST_CASE("what can be given no more makes room before anything else, and no more memory is taken", "[cache][memory]") {
  Cache cache{16U << 20, 0};
  for (int i = 0; i < 200000; ++i) {
    const auto question = ask(numbered("n", i, ".example"));
    cache.insert(question, ReplyOf::addresses(question, 60), at(i / 50));  // 3,000 are alive at a time
  }
  CHECK(cache.kept.evictions() < 1000);
  CHECK(cache.kept.memory_bytes() < 2U << 20);
}
