#include "app/cache_file.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;
using namespace std::chrono_literals;

namespace {

const WallTime Now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};
constexpr std::size_t Most = 4096;
const CacheImages Images{{1, 2, 3}, {}, {4}};

upstream::UpstreamSet servers(const char* address) {
  upstream::UpstreamSet set;
  set.servers.resize(1);
  set.servers[0].endpoint = *Endpoint::parse(address, 53);
  set.pools.emplace_back().servers = {0};
  return set;
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

TEST_CASE("the images come back as they were, with their age", "[cache_file]") {
  const TempFolder folder;
  const auto file = folder / "cache";
  CHECK(read_cache_file(file, Most, servers("192.0.2.1"), Now).images.empty());
  CHECK(read_cache_file(file, Most, servers("192.0.2.1"), Now).why_not.empty());
  REQUIRE_FALSE(write_cache_file(file, servers("192.0.2.1"), Images, Now));
  const auto read = read_cache_file(file, Most, servers("192.0.2.1"), Now + 90s);
  CHECK(read.why_not == "");
  CHECK(read.images == Images);
  CHECK(read.age_s == 90);
}

TEST_CASE("a file of other servers, of the future or of long ago is not used", "[cache_file]") {
  const TempFolder folder;
  const auto file = folder / "cache";
  REQUIRE_FALSE(write_cache_file(file, servers("192.0.2.1"), Images, Now));
  for (const auto& read : {read_cache_file(file, Most, servers("192.0.2.2"), Now),
                           read_cache_file(file, Most, servers("192.0.2.1"), Now - 1s),
                           read_cache_file(file, Most, servers("192.0.2.1"), Now + 24h * 8)}) {
    CHECK(read.images.empty());
    CHECK_FALSE(read.why_not.empty());
  }
}

TEST_CASE("no changed octet and no missing end is believed", "[cache_file]") {
  const TempFolder folder;
  const auto file = folder / "cache";
  REQUIRE_FALSE(write_cache_file(file, servers("192.0.2.1"), Images, Now));
  const std::string whole = content(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    folder.write("cache", changed);
    CHECK_FALSE(read_cache_file(file, Most, servers("192.0.2.1"), Now).why_not.empty());
    folder.write("cache", whole.substr(0, i));
    CHECK_FALSE(read_cache_file(file, Most, servers("192.0.2.1"), Now).why_not.empty());
  }
}

TEST_CASE("a folder that cannot be written to is told", "[cache_file]") {
  CHECK(write_cache_file("/proc/none/cache", servers("192.0.2.1"), Images, Now));
}
