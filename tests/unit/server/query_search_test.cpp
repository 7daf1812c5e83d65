#include "server/query_search.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "server/query_store.h"
#include "unit/server/log_support.h"

namespace aven::server {
namespace {

using stats::LogVerdict;

struct Fixture {
  TempFolder folder;
  Counting random;
  Pseudonyms pseudonyms{folder / "keys", random};
  QueryStore store{pseudonyms};
  LogBook book = book_for(folder / "log.sqlite");

  Fixture() {
    std::vector<LogRow> rows;
    for (int i = 0; i < 600; ++i) {
      auto row = line(i * SecondMs, "10.1.1." + std::to_string(i % 3), "n" + std::to_string(i % 7) + ".example",
                      i % 2 == 0 ? "staff" : "default", i % 5 == 0 ? LogVerdict::Blocked : LogVerdict::None);
      rows.push_back(row);
    }
    store.write(rows, book, moment(600 * SecondMs));
  }

  std::vector<LogRow> find(const QuerySearch& search) const {
    auto found = search_queries(book.file, search);
    REQUIRE(found);
    CHECK(found->complete);
    return std::move(found->rows);
  }
};

TEST_CASE("a file whose tables are not made yet holds no line", "[server]") {
  const TempFolder folder;
  folder.write("log.sqlite", "");
  const auto found = search_queries(folder / "log.sqlite", {});
  REQUIRE(found);
  CHECK(found->complete);
  CHECK(found->rows.empty());
  CHECK_FALSE(search_queries(folder / "none.sqlite", {}));
}

// Every line that a walk through all of them finds, newest first.
std::vector<RowId> expected(const std::vector<LogRow>& all, const RowFilter& filter, std::size_t most) {
  std::vector<RowId> out;
  for (const auto& row : all) {
    if (filter.matches(row) && out.size() < most) out.push_back(row.id);
  }
  return out;
}

std::vector<RowId> ids_of(const std::vector<LogRow>& rows) {
  std::vector<RowId> out;
  for (const auto& row : rows) out.push_back(row.id);
  return out;
}

TEST_CASE_METHOD(Fixture, "every filter finds what a walk through all lines finds, newest first", "[server]") {
  QuerySearch everything;
  everything.most = 1000;
  const auto all = find(everything);
  REQUIRE(all.size() == 600);
  CHECK(all.front().name == "n4.example");
  CHECK(all.front().latency_us == 42);
  for (const char* name : {"", "n3", "example", "n1.example", "nothing"}) {
    for (const char* group : {"", "staff", "elsewhere"}) {
      for (const char* client : {"", "10.1.1.2"}) {
        for (const auto& verdict : {std::optional<LogVerdict>{}, std::optional{LogVerdict::Blocked}}) {
          QuerySearch search;
          search.filter = {name, group, client, verdict};
          search.most = 50;
          CHECK(ids_of(find(search)) == expected(all, search.filter, 50));
        }
      }
    }
  }
}

TEST_CASE_METHOD(Fixture, "pages follow each other without gap or repeat", "[server]") {
  QuerySearch search;
  search.filter.group = "staff";
  search.most = 70;
  std::size_t lines = 0;
  for (auto page = find(search); !page.empty(); page = find(search)) {
    lines += page.size();
    search.before = page.back().id;
  }
  CHECK(lines == 300);
}

TEST_CASE_METHOD(Fixture, "since and until bound the time", "[server]") {
  QuerySearch search;
  search.since_ms = StartMs + 100 * SecondMs;
  search.until_ms = StartMs + 110 * SecondMs;
  const auto rows = find(search);
  REQUIRE(rows.size() == 10);
  CHECK(milliseconds_of(rows.back().id) == StartMs + 100 * SecondMs);
}

TEST_CASE("a log that is not there is told in words", "[server]") {
  TempFolder folder;
  const auto found = search_queries(folder / "none.sqlite", {});
  REQUIRE_FALSE(found);
  CHECK(found.error().find("unable to open") != std::string::npos);
}

}  // namespace
TEST_CASE_METHOD(Fixture, "a walk visits every line, oldest first", "[server]") {
  QuerySearch everything;
  everything.most = 1000;
  auto all = find(everything);
  std::reverse(all.begin(), all.end());
  std::vector<LogRow> walked;
  REQUIRE_FALSE(for_each_query(book.file, [&](const LogRow& row) { walked.push_back(row); }));
  CHECK(ids_of(walked) == ids_of(all));
  CHECK(walked.front().name == all.front().name);
  CHECK(for_each_query(folder / "none.sqlite", [](const LogRow&) {}));
}

}  // namespace aven::server
