#include "status/assets.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

namespace aven::status {
namespace {

TEST_CASE("every embedded file has a path, a type and a tag of its own", "[status]") {
  std::set<std::string_view> paths;
  for (const auto& asset : assets()) {
    CHECK(asset.path.starts_with('/'));
    CHECK(paths.insert(asset.path).second);
    CHECK_FALSE(asset.type.empty());
    CHECK(asset.etag.size() == 18);
    CHECK_FALSE(asset.content.empty());
  }
  CHECK(paths.contains("/chart.js"));
  CHECK(paths.contains("/api/v1/openapi.json"));
}

TEST_CASE("Chart.js is embedded whole", "[status]") {
  const auto all = assets();
  const auto chart = std::find_if(all.begin(), all.end(), [](const Asset& asset) { return asset.path == "/chart.js"; });
  REQUIRE(chart != all.end());
  CHECK(chart->content.starts_with("/*!\n * Chart.js v"));
  CHECK(chart->content.size() > 100'000);
}

}  // namespace
}  // namespace aven::status
