#include "server/series_store.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "unit/server/log_support.h"

namespace aven::server {
namespace {

constexpr std::int64_t Start = 1'794'960'000;  // a whole day
constexpr std::int64_t Minute = 60, Hour = 3600, Day = 86'400;

SeriesPoint point(std::int64_t at, std::uint64_t count) {
  SeriesPoint out;
  out.at = at;
  out.counts[0] = count;
  out.p99_us = static_cast<std::uint32_t>(count);
  return out;
}

std::uint64_t sum(const std::vector<SeriesPoint>& points) {
  std::uint64_t out = 0;
  for (const auto& one : points) out += one.counts[0];
  return out;
}

TEST_CASE("seconds become minutes and hours", "[server]") {
  TempFolder folder;
  const auto file = folder / "series.sqlite";
  SeriesStore store{file};
  std::vector<SeriesPoint> points;
  for (std::int64_t i = 0; i < 2 * Hour; ++i) {
    points.push_back(point(Start + i, 1));
    if (points.size() < 10) continue;
    store.add(points);
    points.clear();
  }
  CHECK(store.problem().empty());
  using Step = SeriesStore::Step;
  CHECK(SeriesStore::read(file, Step::Second, 0, 1).size() == 3600);
  CHECK(SeriesStore::read(file, Step::Minute, 0, Minute).size() == 120);
  const auto hours = SeriesStore::read(file, Step::Hour, 0, Hour);
  REQUIRE(hours.size() == 2);
  CHECK(hours[0].at == Start);
  CHECK(hours[0].counts[0] == 3600);
  CHECK(hours[0].p99_us == 1);
  CHECK(sum(SeriesStore::read(file, Step::Minute, Start + Hour, 30 * Minute)) == 3600);
}

TEST_CASE("a restart goes on in the same minute, and two points of one second add up", "[server]") {
  TempFolder folder;
  const auto file = folder / "series.sqlite";
  SeriesStore{file}.add(std::vector{point(Start, 5), point(Start + 1, 5)});
  SeriesStore again{file};
  again.add(std::vector{point(Start + 1, 2), point(Start + 20, 7)});
  CHECK(sum(SeriesStore::read(file, SeriesStore::Step::Minute, 0, Minute)) == 19);
  CHECK(sum(SeriesStore::read(file, SeriesStore::Step::Hour, 0, Hour)) == 19);
}

TEST_CASE("fourteen months leave what the resolutions allow and no more", "[server]") {
  TempFolder folder;
  const auto file = folder / "series.sqlite";
  SeriesStore store{file};
  std::uintmax_t size_after_a_year = 0;
  for (std::int64_t at = Start; at < Start + 425 * Day; at += 30 * Minute) {
    store.add(std::vector{point(at, 1), point(at + 1, 1)});
    if (at == Start + 400 * Day) size_after_a_year = std::filesystem::file_size(file);
  }
  using Step = SeriesStore::Step;
  CHECK(SeriesStore::read(file, Step::Second, 0, 1).size() <= 3600);
  CHECK(SeriesStore::read(file, Step::Minute, 0, Minute).size() == 7 * 48);
  CHECK(SeriesStore::read(file, Step::Hour, 0, Hour).size() == 397 * 24);
  CHECK(std::filesystem::file_size(file) <= size_after_a_year + 65'536);
}

TEST_CASE("a damaged file is set aside, one that is gone begun anew", "[server]") {
  TempFolder folder;
  const auto file = folder / "series.sqlite";
  std::ofstream{file} << std::string(8192, 'x');
  SeriesStore store{file};
  store.add(std::vector{point(Start, 1)});
  CHECK_FALSE(store.problem().empty());
  store.add(std::vector{point(Start + 1, 1)});
  CHECK(store.problem().empty());
  std::filesystem::remove(file);
  store.add(std::vector{point(Start + 2, 1)});
  CHECK(sum(SeriesStore::read(file, SeriesStore::Step::Second, 0, 1)) == 1);
}

}  // namespace
}  // namespace aven::server
