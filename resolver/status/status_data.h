// StatusData: one moment of the server as the page, the API and the metrics show it.   Recorder: makes it each
// second from a snapshot, and keeps the last hour.
// Thread: a StatusData never changes, any thread may read it; the Recorder belongs to control.
// Lifetime: a StatusData holds the policy it was made with: publish a new one soon after a reload.
// Fails: never.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/net_address.h"
#include "base/tick.h"
#include "server/server.h"
#include "server/snapshot.h"

namespace aven::status {

// What never changes while the program runs.
struct About {
  std::string version, language, timezone;
  std::vector<Endpoint> listening{};  // DNS, UDP and TCP
};

// One second, or a step of some: what was counted in it.
enum class Column : std::uint8_t { Answered, Blocked, WouldBlock, Cached, Forwarded, Local, Failed, Dropped, Count };
inline constexpr std::size_t ColumnCount = static_cast<std::size_t>(Column::Count);

struct Point {
  WallTime at{};
  std::array<std::uint32_t, ColumnCount> counts{};
  std::uint32_t p50_us = 0, p99_us = 0;  // 0: nothing was answered
};
using Points = std::vector<Point>;  // oldest first

struct Rates {
  double window_s = 0;
  double answers_per_s = 0, would_block_per_s = 0, dropped_per_s = 0;
  std::optional<double> blocked_share, cached_share;  // of the answers
};

struct Latency {
  double window_s = 0;
  std::uint64_t answers = 0;
  Duration p50{}, p99{};
};

struct StatusData {
  About about;
  WallTime at{};
  server::Snapshot snapshot;
  server::Current current;                                // complete; its problems with those seen at run time
  std::shared_ptr<const stats::RuleTotals> before_today;  // what snapshot.rules was at midnight; none: it began today
  Rates rates;
  Latency latency;
};

class Recorder {
 public:
  static constexpr std::size_t SeriesLength = 3600;

  explicit Recorder(About about) : about_(std::move(about)) {}
  // Before the first record().
  void listens_at(std::vector<Endpoint> endpoints) { about_.listening = std::move(endpoints); }

  // `current` must be of the same moment as `snapshot`.
  std::shared_ptr<const StatusData> record(const server::Snapshot& snapshot, const server::Current& current,
                                           WallTime at);
  // What record() saw since the record before.
  const Point& last_point() const noexcept { return point_; }

 private:
  struct Moment {
    Tick tick{};
    stats::CounterValues counters{};
    stats::Histogram latency;
  };

  Rates rates(const Moment& now) const;
  Latency latency(const Moment& now) const;
  std::optional<policy::Problem> log_behind(const Moment& now) const;
  void turn_day(const server::Current& current, WallTime at);
  Point point(const Moment& now, WallTime at) const;

  About about_;
  std::deque<Moment> moments_;  // the last minute, oldest first
  Point point_;
  date::local_days today_{};
  stats::RuleTotals last_rules_;  // of the record before
  std::shared_ptr<const stats::RuleTotals> before_today_;
};

// What was recorded in `now` and not yet in `before`, an earlier copy of the same histogram.
struct Quantiles {
  std::uint64_t count = 0;
  Duration p50{}, p99{};
};
Quantiles quantiles_since(const stats::Histogram& before, const stats::Histogram& now) noexcept;

}  // namespace aven::status
