// SeriesStore: the series of counters over a long time (SQLite): each second for an hour, each minute for a week, each
// hour for thirteen months; older ones are deleted, so the file is bounded. It survives restarts.
// Thread: add() is the log writer's; read() opens the file for itself, any thread.
// Fails: by problem(), in words, while it lasts; points of that time are lost, it tries again by itself.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "server/sqlite.h"

namespace aven::server {

// What was counted in one step.
struct SeriesPoint {
  static constexpr std::size_t Counts = 8;
  std::int64_t at = 0;  // seconds since 1970: the step's start; of a second, the second
  std::array<std::uint64_t, Counts> counts{};
  std::uint32_t p50_us = 0, p99_us = 0;  // the highest of the step
};

class SeriesStore {
 public:
  enum class Step : std::uint8_t { Second, Minute, Hour };
  static constexpr std::int64_t KeptSeconds = 3600, KeptMinutes = 7 * 86'400, KeptHours = 397 * 86'400;

  explicit SeriesStore(std::filesystem::path file) : file_(std::move(file)) {}

  // Points of seconds, oldest first; written at once.
  void add(std::span<const SeriesPoint> points);
  const std::string& problem() const noexcept { return problem_; }  // empty: none

  // Points from `from` on, each `every` steps added up; empty if there is no file.
  static std::vector<SeriesPoint> read(const std::filesystem::path& file, Step step, std::int64_t from,
                                       std::int64_t every_s);

 private:
  bool open();
  void write(std::span<const SeriesPoint> points);
  void roll_up(const char* to, const char* from, std::int64_t start, std::int64_t length);

  std::filesystem::path file_;
  Database database_;
  std::int64_t last_ = 0;  // the newest second
  std::string problem_;
};

}  // namespace aven::server
