#include "server/live_log.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "dns/name.h"
#include "unit/server/log_support.h"

namespace aven::server {
namespace {

using stats::LogLevel;
using stats::LogVerdict;
using stats::QueryRecord;

struct Fixture {
  LiveLog live{1};
  LogBook book = book_for({});

  void add_rows(std::vector<LogRow> rows) {
    LiveLog::Batch batch;
    batch.rows = std::move(rows);
    live.add(batch);
  }
  void count(LogVerdict verdict, std::uint32_t rule, std::string_view name, std::uint64_t device = 0,
             std::int64_t ms = 0) {
    LiveLog::Batch batch;
    QueryRecord record;
    record.verdict = verdict;
    record.rule = rule;
    record.group = 1;
    if (!name.empty()) {
      const auto wire = dns::Name::from_text(name).value();
      record.name_size = static_cast<std::uint8_t>(wire.wire().size());
      std::copy(wire.wire().begin(), wire.wire().end(), record.octets.begin());
    }
    if (device != 0) record.set_device(device);
    batch.counts.push_back({record, StartMs + ms, &book});
    live.add(batch);
  }
};

// Spread over 64 bits, as a hash is.
std::uint64_t device_number(std::uint64_t i) {
  return stats::device_hash(IpAddress::v4(std::array<std::uint8_t, 4>{10, 0, static_cast<std::uint8_t>(i >> 8),
                                                                      static_cast<std::uint8_t>(i)}),
                            99);
}

TEST_CASE_METHOD(Fixture, "the tail gives what came after, and says what it left out", "[server]") {
  add_rows({line(1, "10.1.1.1", "a.example"), line(2, "10.1.1.2", "b.example"), line(3, "10.1.1.1", "c.example")});
  auto tail = live.tail(0, {}, 10);
  REQUIRE(tail.rows.size() == 3);
  CHECK(tail.rows.front().name == "a.example");
  CHECK(tail.next == tail.rows.back().id);
  CHECK_FALSE(tail.skipped);

  add_rows({line(4, "10.1.1.1", "d.example"), line(5, "10.1.1.1", "e.example"), line(6, "10.1.1.1", "f.example")});
  const auto more = live.tail(tail.next, {}, 2);
  REQUIRE(more.rows.size() == 2);
  CHECK(more.rows.front().name == "e.example");
  CHECK(more.skipped);
  CHECK(live.tail(more.next, {}, 10).rows.empty());
  CHECK(live.tail(more.next + 1'000'000, {}, 10).rows.empty());  // the number of a clock that was ahead
  RowFilter filter;
  filter.client = "10.1.1.2";
  CHECK(live.tail(0, filter, 10).rows.size() == 1);
}

TEST_CASE_METHOD(Fixture, "memory is bounded, whatever comes in a month", "[server]") {
  std::uint64_t number = 0;
  for (std::int64_t day = 0; day < 31; ++day) {
    for (int batch = 0; batch < 24; ++batch) {
      const auto at = day * DayMs + batch * HourMs;
      std::vector<LogRow> rows;
      for (int i = 0; i < 400; ++i) rows.push_back(line(at + i, "10.1.1.1", "n" + std::to_string(number) + ".example"));
      add_rows(std::move(rows));
      for (int i = 0; i < 300; ++i) {
        ++number;
        count(LogVerdict::Blocked, 0, "n" + std::to_string(number) + ".example", 0, at);
        count(LogVerdict::Observed, 2, "o" + std::to_string(number) + ".example", device_number(number), at);
      }
      live.clean(StartMs + at, book);
    }
    live.new_device_key();
  }
  const auto size = live.size();
  CHECK(size.hours == LiveLog::HoursKept);
  CHECK(size.observed == 1);
  CHECK(size.blocks == 400);
  CHECK(size.tail == 400);
  book.recent_minutes = 1440;
  for (int i = 0; i < 200; ++i) add_rows(std::vector<LogRow>(400, line(32 * DayMs, "10.1.1.1", "same.example")));
  CHECK(live.size().blocks == LiveLog::MostBlocks);
  CHECK(live.size().tail == LiveLog::MostTail);
}

TEST_CASE_METHOD(Fixture, "lines go after recent_minutes, or when their level forbids them", "[server]") {
  add_rows({line(0, "10.1.1.1", "old.example"), line(20 * 60'000, "10.1.1.1", "new.example"),
            line(20 * 60'000, "10.1.1.1", "open.example", "staff", LogVerdict::None)});
  live.clean(StartMs + 31 * 60'000, book);
  CHECK(live.tail(0, {}, 10).rows.size() == 2);
  book.groups[1].level = LogLevel::Blocked;
  live.clean(StartMs + 31 * 60'000, book);
  REQUIRE(live.tail(0, {}, 10).rows.size() == 1);
  CHECK(live.recent_blocks({}, 10).front().name == "new.example");
  book.groups[1].level = LogLevel::Counts;
  live.clean(StartMs + 31 * 60'000, book);
  CHECK(live.tail(0, {}, 10).rows.empty());
  CHECK(live.recent_blocks({}, 10).empty());
}

TEST_CASE_METHOD(Fixture, "the last day's tops by name and group, and ways round DNS by kind", "[server]") {
  for (int i = 0; i < 3; ++i) count(LogVerdict::Blocked, 0, "often.example");
  count(LogVerdict::Blocked, 1, "use-application-dns.net");
  count(LogVerdict::Observed, 2, "dns.example", device_number(1));
  count(LogVerdict::Blocked, 0, "once.example", 0, HourMs);
  const auto top = live.top(10);
  REQUIRE(top.blocked_names.size() == 3);
  CHECK(top.blocked_names[0].name == "often.example");
  CHECK(top.blocked_names[0].count == 3);
  REQUIRE(top.resolver_names.size() == 1);
  CHECK(top.resolver_names[0].name == "dns.example");
  const auto& staff = top.groups.at("staff");
  CHECK(staff.blocked == 5);
  CHECK(staff.would_block == 1);
  CHECK(staff.automatic == 1);
  CHECK(staff.resolver_lookups == 1);
  live.clean(StartMs + 24 * HourMs, book);
  CHECK(live.top(10).blocked_names.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an observed rule knows its names and about how many devices", "[server]") {
  for (std::uint64_t i = 0; i < 200; ++i) count(LogVerdict::Observed, 2, "dns.example", device_number(i % 40));
  auto observed = live.observed(5);
  const auto& rule = observed.at("dns-bypass/public-resolvers");
  CHECK(rule.questions == 200);
  CHECK(rule.names.front().count == 200);
  CHECK(static_cast<double>(rule.devices.at("staff").today) == Approx(40).margin(2));
  live.new_device_key();
  count(LogVerdict::Observed, 2, "dns.example", device_number(7));
  observed = live.observed(5);
  CHECK(observed.at("dns-bypass/public-resolvers").devices.at("staff").today == 1);
  CHECK(static_cast<double>(observed.at("dns-bypass/public-resolvers").devices.at("staff").day_before) ==
        Approx(40).margin(2));
}

TEST_CASE_METHOD(Fixture, "an observed rule knows which of its patterns named a question", "[server]") {
  policy::Rule written;
  written.domains.emplace_back();
  for (const char* text : {"dns.example", "*.never.example"}) {
    written.domains.back().patterns.add(policy::parse_pattern(text).value());
  }
  book.rules[2].patterns = std::make_shared<policy::PatternWatch>(written);
  count(LogVerdict::Observed, 2, "");
  CHECK(live.observed(5).at("dns-bypass/public-resolvers").patterns.empty());
  count(LogVerdict::Observed, 2, "www.dns.example");
  CHECK(live.observed(5).at("dns-bypass/public-resolvers").patterns == std::set<std::string>{"dns.example"});
}

}  // namespace
}  // namespace aven::server
