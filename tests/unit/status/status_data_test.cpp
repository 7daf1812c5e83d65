#include "status/status_data.h"

#include <catch2/catch.hpp>

#include "status/board.h"
#include "unit/status/example_data.h"

namespace aven::status {
namespace {

using namespace std::chrono_literals;
using stats::Counter;

TEST_CASE("rates are over the last ten seconds, shares of the answers in them", "[status]") {
  auto data = example_data("[]", example_time());
  Recorder recorder{data.about};
  auto& snapshot = data.snapshot;
  std::shared_ptr<const StatusData> last;
  for (int second = 0; second <= 20; ++second) {
    snapshot.taken = Tick{} + std::chrono::seconds{100 + second};
    const auto now = static_cast<std::uint64_t>(second);
    counter(snapshot, Counter::answered) = now * 40;
    counter(snapshot, Counter::blocked) = now * 10;
    last = recorder.record(snapshot, data.current, example_time() + std::chrono::seconds{second});
  }
  CHECK(last->rates.window_s == Approx(10));
  CHECK(last->rates.answers_per_s == Approx(40));
  CHECK(last->rates.blocked_share == Approx(0.25));
  CHECK(last->rates.cached_share == Approx(0));
  CHECK(recorder.last_point().counts[static_cast<std::size_t>(Column::Answered)] == 40);
}

TEST_CASE("before the second moment there are no rates", "[status]") {
  const auto data = example_data("[]", example_time());
  Recorder recorder{data.about};
  const auto first = recorder.record(data.snapshot, data.current, example_time());
  CHECK(first->rates.answers_per_s == 0);
  CHECK_FALSE(first->rates.blocked_share);
}

TEST_CASE("a late second is in the rates all the same", "[status]") {
  auto data = example_data("[]", example_time());
  Recorder recorder{data.about};
  data.snapshot.taken = Tick{} + 1s;
  recorder.record(data.snapshot, data.current, example_time());
  data.snapshot.taken = Tick{} + 31s;
  counter(data.snapshot, Counter::answered) = 60;
  CHECK(recorder.record(data.snapshot, data.current, example_time() + 30s)->rates.answers_per_s == Approx(2));
}

stats::RuleTotals hit(const char* rule, std::uint64_t hits) {
  stats::RuleCounters counters{1};
  for (std::uint64_t i = 0; i < hits; ++i) counters.hit(0);
  stats::RuleTotals totals;
  totals.add(counters, {rule}, {"default"});
  return totals;
}

TEST_CASE("what a rule hit before midnight of the time zone does not count for today", "[status]") {
  auto data = example_data("[]", example_time());
  Recorder recorder{data.about};
  const WallTime evening = example_time() + 12h + 59min;  // 23:59 in Paris
  const auto before = [&](WallTime at, std::uint64_t hits) -> std::uint64_t {
    data.snapshot.rules = hit("pack/rule", hits);
    const auto shown = recorder.record(data.snapshot, data.current, at);
    return shown->before_today ? shown->before_today->of("pack/rule").hits : 0;
  };
  CHECK(before(evening, 5) == 0);
  CHECK(before(evening + 59s, 7) == 0);
  CHECK(before(evening + 60s, 8) == 7);
  CHECK(before(evening + 10h, 90) == 7);
  CHECK(before(evening + 25h, 95) == 90);
}

TEST_CASE("lines that the query log lost are a problem for a minute", "[status]") {
  auto data = example_data("[]", example_time());
  Recorder recorder{data.about};
  const auto problems = [&](int second, std::uint64_t lost) {
    data.snapshot.taken = Tick{} + std::chrono::seconds{second};
    counter(data.snapshot, Counter::log_dropped) = lost;
    return recorder.record(data.snapshot, data.current, example_time() + std::chrono::seconds{second})
        ->current.problems;
  };
  CHECK(problems(0, 0).empty());
  const auto told = problems(1, 12);
  REQUIRE(told.size() == 1);
  CHECK(told[0].text == "the query log is behind: 12 lines of the last minute are not in it");
  for (int second = 2; second <= 61; ++second) CHECK(problems(second, 12).size() == 1);
  CHECK(problems(62, 12).empty());
}

TEST_CASE("quantiles are of what came since", "[status]") {
  stats::Histogram before;
  for (int i = 0; i < 1000; ++i) before.record(1s);
  stats::Histogram now = before;
  for (int i = 0; i < 99; ++i) now.record(100us);
  now.record(50ms);
  const auto found = quantiles_since(before, now);
  CHECK(found.count == 100);
  CHECK(found.p50 < 120us);
  CHECK(found.p99 < 120us);
  now.record(50ms);
  CHECK(quantiles_since(before, now).p99 > 50ms);
  CHECK(quantiles_since(now, now).count == 0);
}

TEST_CASE("the board keeps an hour", "[status]") {
  Board board;
  CHECK(board.latest() == nullptr);
  auto data = std::make_shared<const StatusData>();
  for (int i = 0; i < 4000; ++i) board.publish(data, {WallTime{std::chrono::seconds{i}}, {}, 0, 0});
  CHECK(board.latest() == data);
  const auto all = board.points(10000);
  REQUIRE(all.size() == Recorder::SeriesLength);
  CHECK(all.back().at == WallTime{3999s});
  CHECK(board.points(2).front().at == WallTime{3998s});
}

}  // namespace
}  // namespace aven::status
