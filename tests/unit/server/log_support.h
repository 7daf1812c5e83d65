// What the tests of the query log share: chance by script, lines and books.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "server/log_row.h"
#include "server/sqlite.h"
#include "unit/app/temp_folder.h"

namespace aven::server {

class Counting final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) noexcept override {
    for (auto& octet : out) octet = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

inline constexpr std::int64_t StartMs = 1'795'000'000'000, SecondMs = 1000, HourMs = 3'600'000, DayMs = 24 * HourMs;

// Everything of a running time, `ms` after the start.
inline LogMoment moment(std::int64_t ms) {
  return {Tick{std::chrono::milliseconds{ms + 1'000'000}}, StartMs + ms};
}

inline LogRow line(std::int64_t ms, std::string client, std::string name, std::string group = "staff",
                   stats::LogVerdict verdict = stats::LogVerdict::Blocked) {
  LogRow row;
  row.id = first_id_at(StartMs + ms);
  row.client = std::move(client);
  row.name = std::move(name);
  row.group = std::move(group);
  row.verdict = verdict;
  row.outcome = verdict == stats::LogVerdict::Blocked ? stats::Counter::blocked : stats::Counter::cached;
  row.rule = verdict == stats::LogVerdict::None ? "" : "pack/rule";
  row.type = 1;
  row.latency_us = 42;
  return row;
}

inline LogBook book_for(std::filesystem::path file) {
  LogBook book;
  book.generation = 1;
  book.file = std::move(file);
  book.rules = {{"pack/rule", policy::WayRound::None},
                {"dns-bypass/canary", policy::WayRound::Automatic},
                {"dns-bypass/public-resolvers", policy::WayRound::ResolverLookup}};
  book.groups = {{"default", stats::LogLevel::Blocked, 30},
                 {"staff", stats::LogLevel::All, 30},
                 {"guests", stats::LogLevel::Counts, 30}};
  return book;
}

// The first column of the first row, as another program would read it.
inline std::string read_text(const std::filesystem::path& file, std::string_view sql) {
  Database database;
  database.open(file, Database::Mode::Read);
  Statement statement{database, sql};
  return statement.row() ? statement.text(0) : database.error_text();
}

}  // namespace aven::server
