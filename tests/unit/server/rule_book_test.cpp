#include "server/rule_book.h"

#include <catch2/catch.hpp>

using namespace aven;

namespace {

stats::RuleCounters counters(std::size_t first, std::size_t second) {
  stats::RuleCounters out{2};
  for (std::size_t i = 0; i < first; ++i) out.hit(0);
  for (std::size_t i = 0; i < second; ++i) out.would_hit(1);
  return out;
}

}  // namespace

TEST_CASE("a snapshot has what was handed back and what workers hold, by the rules' names", "[server]") {
  server::RuleBook book{2};
  book.use(1, {"a/x", "a/y"}, {"default"});
  book.returned(0, 1, counters(3, 1));
  book.use(2, {"a/y", "b/z"}, {"default"});
  book.start(7);
  book.held(7, 0, 2, counters(10, 0));
  book.held(7, 1, 1, counters(100, 20));
  const auto totals = book.finish(7);
  CHECK(totals.of("a/x").hits == 103);
  CHECK(totals.of("a/y").hits == 10);
  CHECK(totals.of("a/y").would_hits == 21);
}

TEST_CASE("counters handed back while a snapshot is gathered count in it once", "[server]") {
  server::RuleBook book{2};
  book.use(1, {"a/x", "a/y"}, {"default"});
  book.start(1);
  book.held(1, 0, 1, counters(5, 0));
  book.returned(0, 1, counters(5, 0));  // after its figures: they are in already
  book.returned(1, 1, counters(2, 0));  // before its figures: they would be missing
  book.held(1, 1, 1, counters(1, 0));
  CHECK(book.finish(1).of("a/x").hits == 8);

  book.start(2);
  book.held(2, 0, 1, counters(0, 0));
  book.held(2, 1, 1, counters(1, 0));
  CHECK(book.finish(2).of("a/x").hits == 8);
}
