#include "server/series_store.h"

#include <algorithm>
#include <system_error>

namespace aven::server {
namespace {

constexpr std::int64_t Minute = 60, Hour = 3600;

constexpr const char* Columns = "at INTEGER PRIMARY KEY, c0, c1, c2, c3, c4, c5, c6, c7, p50, p99";
constexpr const char* Sums =
    "sum(c0), sum(c1), sum(c2), sum(c3), sum(c4), sum(c5), sum(c6), sum(c7), max(p50), max(p99)";
constexpr std::array<const char*, 3> Tables{"seconds", "minutes", "hours"};

}  // namespace

bool SeriesStore::open() {
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  if (!database_.open(file_, Database::Mode::Write)) return false;
  database_.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  for (const char* table : Tables) {
    database_.run((std::string{"CREATE TABLE IF NOT EXISTS "} + table + '(' + Columns + ')').c_str());
  }
  last_ = database_.number("SELECT ifnull(max(at), 0) FROM seconds");
  return database_.ok();
}

void SeriesStore::add(std::span<const SeriesPoint> points) {
  if (database_.is_open() && !database_.is_still_there()) database_.close();
  if (!database_.is_open()) open();
  if (database_.ok() && database_.run("BEGIN")) {
    write(points);
    database_.run("COMMIT");
  }
  problem_.clear();
  if (database_.ok()) return;
  problem_ = "the long series of figures are not written: " + database_.error_text();
  const bool damaged = database_.is_damaged();
  database_.close();
  if (!damaged) return;
  std::error_code ignored;
  std::filesystem::rename(file_, file_.string() + ".damaged", ignored);
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file_.string() + end, ignored);
}

void SeriesStore::write(std::span<const SeriesPoint> points) {
  Statement insert{database_,
                   "INSERT INTO seconds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(at) DO UPDATE SET"
                   " c0 = c0 + excluded.c0, c1 = c1 + excluded.c1, c2 = c2 + excluded.c2, c3 = c3 + excluded.c3,"
                   " c4 = c4 + excluded.c4, c5 = c5 + excluded.c5, c6 = c6 + excluded.c6, c7 = c7 + excluded.c7,"
                   " p50 = max(p50, excluded.p50), p99 = max(p99, excluded.p99)"};
  std::int64_t first = last_;
  for (const auto& point : points) {
    first = std::min(first, point.at);
    last_ = point.at;
    insert.bind(point.at);
    for (const auto count : point.counts) insert.bind(static_cast<std::int64_t>(count));
    insert.bind(point.p50_us).bind(point.p99_us).done();
  }
  // The minutes and hours that these seconds are in are added up anew.
  const std::int64_t oldest = std::max(first, last_ - KeptSeconds / 2);
  for (auto at = oldest / Minute * Minute; at <= last_; at += Minute) roll_up("minutes", "seconds", at, Minute);
  for (auto at = oldest / Hour * Hour; at <= last_; at += Hour) roll_up("hours", "minutes", at, Hour);
  Statement{database_, "DELETE FROM seconds WHERE at <= ?"}.bind(last_ - KeptSeconds).done();
  Statement{database_, "DELETE FROM minutes WHERE at <= ?"}.bind(last_ - KeptMinutes).done();
  Statement{database_, "DELETE FROM hours WHERE at <= ?"}.bind(last_ - KeptHours).done();
}

void SeriesStore::roll_up(const char* to, const char* from, std::int64_t start, std::int64_t length) {
  const std::string sql = std::string{"INSERT OR REPLACE INTO "} + to + " SELECT ?, " + Sums + " FROM " + from +
                          " WHERE at >= ? AND at < ? HAVING count(*) > 0";
  Statement{database_, sql}.bind(start).bind(start).bind(start + length).done();
}

std::vector<SeriesPoint> SeriesStore::read(const std::filesystem::path& file, Step step, std::int64_t from,
                                           std::int64_t every_s) {
  std::vector<SeriesPoint> out;
  Database database;
  if (!database.open(file, Database::Mode::Read)) return out;
  const std::string start = "at / " + std::to_string(every_s) + " * " + std::to_string(every_s);
  const std::string sql = "SELECT " + start + ", " + Sums + " FROM " + Tables[static_cast<std::size_t>(step)] +
                          " WHERE at >= ? GROUP BY " + start + " ORDER BY 1";
  Statement find{database, sql};
  find.bind(from);
  while (find.row()) {
    SeriesPoint point;
    point.at = find.number(0);
    for (std::size_t i = 0; i < SeriesPoint::Counts; ++i) {
      point.counts[i] = static_cast<std::uint64_t>(find.number(static_cast<int>(i) + 1));
    }
    point.p50_us = static_cast<std::uint32_t>(find.number(9));
    point.p99_us = static_cast<std::uint32_t>(find.number(10));
    out.push_back(point);
  }
  return out;
}

}  // namespace aven::server
