#include "server/log_writer.h"

#include <catch2/catch.hpp>

#include "dns/name.h"
#include "unit/server/log_support.h"

namespace aven::server {
namespace {

using stats::LogVerdict;
using stats::QueryHead;

struct Fixture {
  TempFolder folder;
  Counting random;
  LogWriter writer{2, folder.path(), random};
  LogBook book = book_for(folder / "log.sqlite");

  void use() { writer.use(std::make_shared<const LogBook>(book)); }
  void push(std::size_t worker, std::string_view name, std::int64_t ms, std::uint32_t generation = 1) {
    QueryHead record;
    record.at = moment(ms).tick;
    record.generation = generation;
    record.kind = QueryHead::Kind::Row;
    record.verdict = LogVerdict::Blocked;
    record.outcome = static_cast<std::uint8_t>(stats::Counter::blocked);
    record.rule = 0;
    record.group = 1;
    record.set_client(*IpAddress::parse("10.1.1.1"));
    const auto wire = dns::Name::from_text(name).value();
    record.name_size = static_cast<std::uint8_t>(wire.wire().size());
    REQUIRE(writer.ring(worker).push(record, wire.wire()));
  }
  std::vector<std::string> tail() {
    std::vector<std::string> names;
    for (const auto& row : writer.live().tail(0, {}, 1000).rows) names.push_back(row.name);
    return names;
  }
};

TEST_CASE_METHOD(Fixture, "what the workers tell comes out in the order of time, in memory and in the file",
                 "[server]") {
  use();
  push(0, "first.example", 10);
  push(0, "third.example", 30);
  push(1, "second.example", 20);
  CHECK(writer.round(moment(100)));
  CHECK(tail() == std::vector<std::string>{"first.example", "second.example", "third.example"});
  CHECK(milliseconds_of(writer.live().tail(0, {}, 10).rows.front().id) == StartMs + 10);
  CHECK(writer.state().written == 3);
  CHECK(read_text(folder / "log.sqlite", "SELECT group_concat(name) FROM log ORDER BY id") ==
        "first.example,second.example,third.example");
}

TEST_CASE_METHOD(Fixture, "a record is read by the book of its own policy", "[server]") {
  use();
  book.generation = 2;
  book.rules[0].id = "pack/renamed";
  use();
  push(0, "old.example", 10, 1);
  push(0, "new.example", 20, 2);
  push(0, "unknown.example", 30, 3);
  writer.round(moment(100));
  const auto rows = writer.live().tail(0, {}, 10).rows;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].rule == "pack/rule");
  CHECK(rows[1].rule == "pack/renamed");
}

TEST_CASE_METHOD(Fixture, "numbers rise within a moment, and follow a clock that is set back", "[server]") {
  use();
  for (int i = 0; i < 5; ++i) push(0, "same.example", 10);
  writer.round(moment(100));
  const auto rows = writer.live().tail(0, {}, 10).rows;
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i].id > rows[i - 1].id);
  push(0, "earlier.example", 200);
  auto now = moment(210);
  now.unix_ms -= HourMs;
  writer.round(now);
  CHECK(read_text(folder / "log.sqlite", "SELECT name FROM log ORDER BY id") == "earlier.example");
}

TEST_CASE_METHOD(Fixture, "a log that cannot be written is told and stays in memory", "[server]") {
  book.file = folder / "state/no.sqlite";
  folder.write("state", "a file where a folder must be");
  use();
  push(0, "a.example", 10);
  writer.round(moment(100));
  CHECK(writer.state().problem.find("not written") != std::string::npos);
  CHECK(writer.state().lost == 1);
  CHECK(tail().size() == 1);
}

TEST_CASE_METHOD(Fixture, "points of seconds reach the long series", "[server]") {
  use();
  SeriesPoint point;
  point.at = 1'794'960'000;
  point.counts[0] = 3;
  writer.add_point(point);
  writer.round(moment(100));
  const auto points = SeriesStore::read(writer.series_file(), SeriesStore::Step::Second, 0, 1);
  REQUIRE(points.size() == 1);
  CHECK(points[0].counts[0] == 3);
}

TEST_CASE_METHOD(Fixture, "its thread writes what is left when it ends", "[server]") {
  use();
  writer.start();
  push(0, "last.example", 10);
  writer.stop();
  CHECK(read_text(folder / "log.sqlite", "SELECT name FROM log") == "last.example");
}

}  // namespace
}  // namespace aven::server
