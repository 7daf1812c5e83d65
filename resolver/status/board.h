// Board: where control puts up the figures of each second, and the HTTP thread reads them.
// Thread: any; the lock is held for a pointer or for copying an hour of points, never by a worker.
// Lifetime: what latest() gives lives as long as its holder wants; hold it for one request.
// Fails: never; before the first publish there is no figure.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include "base/guarded.h"
#include "status/status_data.h"

namespace aven::status {

class Board {
 public:
  void publish(std::shared_ptr<const StatusData> data, const Point& point) {
    shown_.with([&](Shown& shown) {
      shown.data.swap(data);  // the old one is freed outside the lock
      shown.points.push_back(point);
      if (shown.points.size() > Recorder::SeriesLength) shown.points.pop_front();
    });
  }

  std::shared_ptr<const StatusData> latest() {
    return shown_.with([](const Shown& shown) { return shown.data; });
  }

  // The last `most` seconds.
  Points points(std::size_t most) {
    return shown_.with([&](const Shown& shown) {
      const auto skipped = shown.points.size() - std::min(most, shown.points.size());
      return Points(shown.points.begin() + static_cast<std::ptrdiff_t>(skipped), shown.points.end());
    });
  }

 private:
  struct Shown {
    std::shared_ptr<const StatusData> data;
    std::deque<Point> points;  // oldest first
  };
  Guarded<Shown> shown_;
};

}  // namespace aven::status
