#include "stats/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace aven;
using namespace aven::stats;
using namespace std::chrono_literals;

TEST_CASE("every duration lies below the bound of its bucket and not below that of the one before", "[stats]") {
  for (Duration duration = 0us; duration < 17s; duration += duration / 50 + 1us) {
    const auto bucket = Histogram::bucket_of(duration);
    CHECK(duration < Histogram::upper_bound(bucket));
    if (bucket > 0) CHECK(duration >= Histogram::upper_bound(bucket - 1));
  }
}

TEST_CASE("buckets are at most an eighth wide, from 8 microseconds to 10 seconds", "[stats]") {
  for (auto bucket = Histogram::bucket_of(8us); bucket <= Histogram::bucket_of(10s); ++bucket) {
    const double lower = static_cast<double>(Histogram::upper_bound(bucket - 1).count());
    const double upper = static_cast<double>(Histogram::upper_bound(bucket).count());
    CHECK(upper / lower <= 1.125);
  }
}

TEST_CASE("what is out of range counts in the first or the last bucket", "[stats]") {
  CHECK(Histogram::bucket_of(-5s) == 0);
  CHECK(Histogram::bucket_of(Duration::max()) == Histogram::BucketCount - 1);
  Histogram histogram;
  histogram.record(-5s);
  CHECK(histogram.count() == 1);
  CHECK(histogram.sum() == 0s);
}

TEST_CASE("an empty histogram has quantile zero", "[stats]") {
  CHECK(Histogram{}.quantile(0.5) == 0s);
  CHECK(Histogram{}.count() == 0);
}

TEST_CASE("quantiles agree with those of the sorted durations within a bucket", "[stats]") {
  std::mt19937_64 random{5};
  std::lognormal_distribution<double> microseconds{5.0, 2.0};
  Histogram histogram;
  std::vector<Duration> all;
  for (int i = 0; i < 20000; ++i) {
    all.push_back(Duration{static_cast<std::int64_t>(microseconds(random) * 1000)});
    histogram.record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double q : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact = all[static_cast<std::size_t>(static_cast<double>(all.size()) * q) - 1];
    const auto given = histogram.quantile(q);
    CHECK(given >= exact);
    CHECK(given <= exact + exact / 8 + 1us);
  }
}

TEST_CASE("merged histograms are as if all had been recorded in one", "[stats]") {
  Histogram first, second, both;
  for (int i = 1; i < 1000; ++i) {
    auto& one = i % 3 == 0 ? first : second;
    one.record(i * 7us);
    both.record(i * 7us);
  }
  first.merge(second);
  CHECK(first.count() == both.count());
  CHECK(first.sum() == both.sum());
  for (std::size_t i = 0; i < Histogram::BucketCount; ++i) CHECK(first.count_in(i) == both.count_in(i));
}
