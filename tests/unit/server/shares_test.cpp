#include "server/shares.h"

#include <catch2/catch.hpp>

using namespace aven;

TEST_CASE("limits are totals: each worker gets its share, rounded up, and no limit stays no limit", "[server]") {
  pipeline::Settings total;
  total.client_qps = 0;
  total.in_flight = 10;
  total.in_flight_per_client = 2;
  const auto share = server::share_of(total, 4);
  CHECK(share->client_qps == 0);
  CHECK(share->in_flight == 3);
  CHECK(share->in_flight_per_client == 1);
  total.client_qps = 1;
  CHECK(server::share_of(total, 4)->client_qps == 1);
}

TEST_CASE("the caches of all workers together have the configured size", "[server]") {
  pipeline::Pipeline::Sizes total;
  total.cache.max_bytes = 64 << 20;
  total.in_flight = 10000;
  CHECK(server::common_cache_bytes(total.cache.max_bytes, 32) == 32 << 20);
  const auto share = server::share_of(total, 32);
  CHECK(share.cache.max_bytes == 1 << 20);
  CHECK(share.in_flight == 313);
  CHECK(server::common_cache_bytes(total.cache.max_bytes, 1) == 0);
  CHECK(server::share_of(total, 1).cache.max_bytes == 64 << 20);
}
