#include "status/status_data.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "status/upstream_problems.h"

namespace aven::status {
namespace {

using stats::Counter;

constexpr Duration RateWindow = std::chrono::seconds{10};
constexpr std::size_t MomentsKept = 61;

constexpr std::array<Counter, ColumnCount> Sources{Counter::answered, Counter::blocked,   Counter::would_block,
                                                   Counter::cached,   Counter::forwarded, Counter::local,
                                                   Counter::failed,   Counter::dropped};

std::uint64_t count(const stats::CounterValues& values, Counter counter) noexcept {
  return values[static_cast<std::size_t>(counter)];
}

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

std::uint32_t microseconds(Duration duration) noexcept {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return us <= 0 ? 0
                 : static_cast<std::uint32_t>(std::min<std::int64_t>(us, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Quantiles quantiles_since(const stats::Histogram& before, const stats::Histogram& now) noexcept {
  using stats::Histogram;
  Quantiles out;
  out.count = now.count() - before.count();
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < Histogram::BucketCount && out.count > 0; ++i) {
    const std::uint64_t here = now.count_in(i) - before.count_in(i);
    if (here == 0) continue;
    seen += here;
    if (out.p50 == Duration::zero() && 2 * seen >= out.count) out.p50 = Histogram::upper_bound(i);
    if (out.p99 == Duration::zero() && 100 * seen >= 99 * out.count) out.p99 = Histogram::upper_bound(i);
  }
  return out;
}

Rates Recorder::rates(const Moment& now) const {
  // The oldest moment that is not older than the window; if control was late, the last one there is.
  auto before = std::find_if(moments_.begin(), moments_.end(),
                             [&](const Moment& moment) { return now.tick - moment.tick <= RateWindow; });
  if (before == moments_.end()) {
    if (moments_.empty()) return {};
    --before;
  }
  const auto rise = [&](Counter counter) {
    return static_cast<double>(count(now.counters, counter) - count(before->counters, counter));
  };
  Rates out;
  out.window_s = seconds(now.tick - before->tick);
  if (out.window_s <= 0) return out;
  const double answers = rise(Counter::answered);
  out.answers_per_s = answers / out.window_s;
  out.would_block_per_s = rise(Counter::would_block) / out.window_s;
  out.dropped_per_s = rise(Counter::dropped) / out.window_s;
  if (answers > 0) {
    out.blocked_share = rise(Counter::blocked) / answers;
    out.cached_share = rise(Counter::cached) / answers;
  }
  return out;
}

Latency Recorder::latency(const Moment& now) const {
  if (moments_.empty()) return {};
  const auto quantiles = quantiles_since(moments_.front().latency, now.latency);
  return {seconds(now.tick - moments_.front().tick), quantiles.count, quantiles.p50, quantiles.p99};
}

// What was counted up to the last record of a day does not count for the next one.
void Recorder::turn_day(const server::Current& current, WallTime at) {
  const auto today = date::floor<date::days>(current.calendar->local(at));
  if (today == today_) return;
  if (today_ != date::local_days{}) before_today_ = std::make_shared<const stats::RuleTotals>(std::move(last_rules_));
  today_ = today;
}

std::optional<policy::Problem> Recorder::log_behind(const Moment& now) const {
  if (moments_.empty()) return std::nullopt;
  const auto lost = count(now.counters, Counter::log_dropped) - count(moments_.front().counters, Counter::log_dropped);
  if (lost == 0) return std::nullopt;
  return policy::Problem{"", "/query_log",
                         "the query log is behind: " + std::to_string(lost) + " lines of the last minute are not in it",
                         policy::Severity::Warning};
}

Point Recorder::point(const Moment& now, WallTime at) const {
  const Moment none{};
  const Moment& before = moments_.empty() ? none : moments_.back();
  Point out;
  out.at = at;
  for (std::size_t i = 0; i < ColumnCount; ++i) {
    out.counts[i] = static_cast<std::uint32_t>(count(now.counters, Sources[i]) - count(before.counters, Sources[i]));
  }
  const auto quantiles = quantiles_since(before.latency, now.latency);
  out.p50_us = microseconds(quantiles.p50);
  out.p99_us = microseconds(quantiles.p99);
  return out;
}

std::shared_ptr<const StatusData> Recorder::record(const server::Snapshot& snapshot, const server::Current& current,
                                                   WallTime at) {
  Moment now{snapshot.taken, snapshot.counters, snapshot.latency};
  auto data = std::make_shared<StatusData>();
  data->about = about_;
  data->at = at;
  data->snapshot = snapshot;
  data->current = current;
  for (auto& problem : upstream_problems(snapshot)) data->current.problems.push_back(std::move(problem));
  turn_day(current, at);
  data->before_today = before_today_;
  last_rules_ = snapshot.rules;
  if (auto behind = log_behind(now)) data->current.problems.push_back(std::move(*behind));
  data->rates = rates(now);
  data->latency = latency(now);
  point_ = point(now, at);
  moments_.push_back(std::move(now));
  if (moments_.size() > MomentsKept) moments_.pop_front();
  return data;
}

}  // namespace aven::status
