#include "app/list_files.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <zlib.h>

#include "app/loading.h"
#include "policy/problem.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

struct Scene {
  TempFolder folder;

  Scene() { folder.write("aven.json", R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}})"); }
  void pack(const std::string& lists, const std::string& more = "") const {
    folder.write("rules/p.json",
                 R"({"format": 1, "pack": "p", "rules": [{"id": "r", "action": "nxdomain", "lists": [)" + lists +
                     "]}]" + more + "}");
  }
  LoadedSet load() const {
    Places places;
    places.config = folder / "aven.json";
    places.installed_names = folder / "none";
    places.machine = [] { return Machine{}; };
    auto set = Loading{places}.from_files(1, WallTime{std::chrono::seconds{1'795'500'000}});
    if (set.loaded.usable()) REQUIRE_FALSE(Loading::keep(set));
    return set;
  }
};

bool tells(const LoadedSet& set, const std::string& part) {
  for (const auto& problem : set.loaded.problems) {
    if (policy::to_text(problem).find(part) != std::string::npos) return true;
  }
  return false;
}

std::size_t names(const LoadedSet& set) {
  return set.loaded.usable() ? set.loaded.policy->name_count() : 0;
}

std::string many(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "n" + std::to_string(i) + ".example\n";
  return text;
}

}  // namespace

TEST_CASE("lists give their names to the rule, and the policy id covers them", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "lists/x", "format": "domains"}, {"file": "lists/h", "format": "hosts"})");
  scene.folder.write("rules/lists/x", "a.example\nb.example\n");
  scene.folder.write("rules/lists/h", "0.0.0.0 c.example\n");
  const auto first = scene.load();
  REQUIRE(names(first) == 3);
  CHECK(first.blocked_name == "a.example");
  scene.folder.write("rules/lists/h", "0.0.0.0 d.example\n");
  CHECK(scene.load().loaded.policy->id() != first.loaded.policy->id());
}

TEST_CASE("a list without file or copy is an error with its place", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "lists/x", "format": "domains"})");
  const auto set = scene.load();
  CHECK_FALSE(set.loaded.usable());
  CHECK(tells(set, "rules/p.json /rules/0/lists/0/file: error"));
}

TEST_CASE("a list that is gone, too short or shrunk runs on from its copy", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "lists/x", "format": "domains", "min_entries": 10, "max_shrink_percent": 30})");
  scene.folder.write("rules/lists/x", many(100));
  REQUIRE(names(scene.load()) == 100);

  scene.folder.write("rules/lists/x", many(69));
  auto set = scene.load();
  CHECK(names(set) == 100);
  CHECK(tells(set, "max_shrink_percent"));
  scene.folder.write("rules/lists/x", many(5));
  CHECK(names(scene.load()) == 100);
  std::filesystem::remove(scene.folder / "rules/lists/x");
  set = scene.load();
  CHECK(names(set) == 100);
  CHECK(tells(set, "/rules/0/lists/0/file: warning"));
  scene.folder.write("rules/lists/x", many(70));
  CHECK(names(scene.load()) == 70);

  for (const auto& copy : std::filesystem::directory_iterator{scene.folder / "state/lists"}) {
    std::ofstream{copy.path(), std::ios::app} << "more.example\n";
  }
  std::filesystem::remove(scene.folder / "rules/lists/x");
  CHECK(tells(scene.load(), "/rules/0/lists/0/file: error"));  // a damaged copy is not used
}

TEST_CASE("a gzip list is unpacked, a damaged one is not taken", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "x.gz", "format": "domains"})");
  const std::string text = many(20'000);
  gzFile out = gzopen((scene.folder / "rules/x.gz").c_str(), "wb");
  REQUIRE(gzwrite(out, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  gzclose(out);
  REQUIRE(names(scene.load()) == 20'000);
  std::filesystem::resize_file(scene.folder / "rules/x.gz", 5'000);
  const auto set = scene.load();
  CHECK(names(set) == 20'000);
  CHECK(tells(set, "last good version"));
}

TEST_CASE("a category of Toulouse, by either name; a white one blocks nothing", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "ut1/ads", "format": "ut1"})");
  scene.folder.write("rules/ut1/publicite/domains", "ads.example\n192.0.2.1\n");
  scene.folder.write("rules/ut1/publicite/usage", "# usage\nblack\n");
  const auto set = scene.load();
  CHECK(names(set) == 1);
  CHECK(tells(set, "ut1/ads line 1") == false);
  CHECK(tells(set, "ut1/ads line 2: note"));
  CHECK_FALSE(tells(set, "ut1/ads/urls"));
  scene.folder.write("rules/ut1/publicite/urls", "ads.example/banner\nother.example/ad");
  scene.folder.write("rules/ut1/publicite/expressions", "(^|/)ads?/\n");
  CHECK(tells(scene.load(), "ut1/ads/urls: note: 2 lines set aside"));
  CHECK(tells(scene.load(), "ut1/ads/expressions: note: 1 lines set aside"));
  scene.folder.write("rules/ut1/publicite/usage", "white\n");
  CHECK(tells(scene.load(), "usage` says white"));
}

TEST_CASE("a list entry that must resolve is left out and noted", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"file": "x", "format": "domains"})", R"(, "must_resolve": ["www.a.example"])");
  scene.folder.write("rules/x", "a.example\n");
  const auto set = scene.load();
  CHECK(set.loaded.usable());
  CHECK(tells(set, "/must_resolve/0: note"));
}

TEST_CASE("a list by URL is read from what was fetched last; before that the rule acts without it", "[app][lists]") {
  const Scene scene;
  scene.pack(R"({"url": "https://lists.example/x", "format": "domains"})");
  const auto before = scene.load();
  CHECK(tells(before, "/rules/0/lists/0/url: warning: https://lists.example/x is not fetched yet"));
  REQUIRE(before.loaded.usable());
  REQUIRE(before.fetched.size() == 1);
  const ListPlaces places{before.config.rules, before.config.state};
  std::filesystem::create_directories(places.file_of(before.fetched[0]).parent_path());
  std::ofstream{places.file_of(before.fetched[0])} << "a.example\nb.example\n";
  CHECK(names(scene.load()) == 2);
}
