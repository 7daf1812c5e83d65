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
