#include "app/loading.h"

#include <catch2/catch.hpp>

#include "app/text_file.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

constexpr const char* GoodConfig =
    R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}, "groups": {"staff": ["10.0.0.0/8"]}})";
constexpr const char* GoodPack = R"({"format": 1, "pack": "p", "rules": [
  {"id": "r", "action": "sinkhole", "domains": ["chatgpt.com"], "groups": ["staff"], "reason": {"en": "why"}, "owner": "IT"}]})";
constexpr const char* BrokenPack =
    R"({"format": 1, "pack": "p", "rules": [{"id": "r", "action": "sinkole", "domains": ["a.example"]}]})";
constexpr WallTime Today{std::chrono::seconds{1'795'500'000}};

struct Scene {
  TempFolder folder;

  Scene() {
    folder.write("aven.json", GoodConfig);
    folder.write("rules/p.json", GoodPack);
  }
  Loading loading() const {
    Places places;
    places.config = folder / "aven.json";
    places.installed_names = folder / "none";
    places.machine = [] { return Machine{}; };
    return Loading{places};
  }
  void run_once() const {
    const auto set = loading().at_start(1, Today);
    REQUIRE(set.origin == Origin::Files);
    REQUIRE_FALSE(Loading::keep(set));
  }
};

bool tells(const LoadedSet& set, const std::string& part) {
  for (const auto& problem : set.loaded.problems) {
    if (policy::to_text(problem).find(part) != std::string::npos) return true;
  }
  return false;
}

bool has_rule(const LoadedSet& set) {
  return set.loaded.usable() && set.loaded.policy->rule_count() == 1;
}

}  // namespace

TEST_CASE("good files give everything that a server needs", "[app]") {
  const Scene scene;
  const auto set = scene.loading().from_files(7, Today);
  CHECK(set.loaded.problems.empty());
  REQUIRE(has_rule(set));
  CHECK(set.origin == Origin::Files);
  CHECK(set.loaded.policy->generation() == 7);
  CHECK(set.loaded.upstreams->servers.size() == 1);
  CHECK(set.blocked_name == "chatgpt.com");
  CHECK(set.loaded.watched ==
        std::vector<std::string>{scene.folder / "rules", scene.folder / "rules/names", scene.folder / "aven.json"});
}

TEST_CASE("problems of configuration and rules come together", "[app]") {
  const Scene scene;
  scene.folder.write("aven.json", R"({"workers": "two", "upstreams": {"default": {"servers": ["192.0.2.1"]}}})");
  scene.folder.write("rules/p.json", BrokenPack);
  const auto set = scene.loading().from_files(1, Today);
  CHECK_FALSE(set.loaded.usable());
  CHECK(set.origin == Origin::Nothing);
  CHECK(tells(set, "aven.json /workers"));
  CHECK(tells(set, "rules/p.json /rules/0/action"));
}

TEST_CASE("a configuration that was named must be there", "[app]") {
  const Scene scene;
  std::filesystem::remove(scene.folder / "aven.json");
  const auto set = scene.loading().from_files(1, Today);
  CHECK_FALSE(set.loaded.usable());
  CHECK(tells(set, "cannot read this file: No such file or directory"));
}

TEST_CASE("an unknown time zone is a problem of the configuration", "[app]") {
  const Scene scene;
  scene.folder.write("aven.json", R"({"timezone": "Europe/Ys", "upstreams": {"default": {"servers": ["192.0.2.1"]}}})");
  CHECK(tells(scene.loading().from_files(1, Today), "aven.json /timezone"));
}

TEST_CASE("with a broken pack at a start the old rules run under the new configuration", "[app]") {
  const Scene scene;
  scene.run_once();
  scene.folder.write("rules/p.json", BrokenPack);
  scene.folder.write(
      "aven.json",
      R"({"workers": 3, "upstreams": {"default": {"servers": ["192.0.2.2"]}}, "groups": {"staff": ["10.1.0.0/16"]}})");
  const auto set = scene.loading().at_start(2, Today);
  CHECK(set.origin == Origin::OldRules);
  REQUIRE(has_rule(set));
  CHECK(set.config.workers == 3);
  CHECK(tells(set, "/rules/0/action"));
  CHECK(tells(set, "last good copy"));
  CHECK_FALSE(set.loaded.watched.empty());
}

TEST_CASE("old rules that the new configuration breaks run with the old one", "[app]") {
  const Scene scene;
  scene.run_once();
  scene.folder.write("rules/p.json", BrokenPack);
  scene.folder.write("aven.json", R"({"workers": 3, "upstreams": {"default": {"servers": ["192.0.2.2"]}}})");
  const auto set = scene.loading().at_start(2, Today);
  CHECK(set.origin == Origin::LastGood);
  REQUIRE(has_rule(set));
  CHECK(set.config.workers == 0);
}

TEST_CASE("with a broken configuration at a start the last good copy runs whole", "[app]") {
  const Scene scene;
  scene.run_once();
  for (const char* config : {"{", "", R"({"workers": "two"})", R"({"state": "state", "workers": 1 "x"})"}) {
    scene.folder.write("aven.json", config);
    const auto set = scene.loading().at_start(2, Today);
    CHECK(set.origin == Origin::LastGood);
    CHECK(has_rule(set));
    CHECK(tells(set, "last good copy"));
  }
}

TEST_CASE("the copy is found where a configuration that is no JSON says", "[app]") {
  const Scene scene;
  scene.folder.write(
      "aven.json",
      R"({"state": "elsewhere", "upstreams": {"default": {"servers": ["192.0.2.1"]}}, "groups": {"staff": []}})");
  scene.run_once();
  scene.folder.write("aven.json", R"({"state": "elsewhere", "upstreams": )");
  CHECK(scene.loading().at_start(2, Today).origin == Origin::LastGood);
}

TEST_CASE("a rules folder that is gone does not end the rules", "[app]") {
  const Scene scene;
  scene.run_once();
  std::filesystem::remove_all(scene.folder / "rules");
  const auto set = scene.loading().at_start(2, Today);
  CHECK(set.origin == Origin::OldRules);
  CHECK(has_rule(set));
}

TEST_CASE("without a copy Aven forwards without rules, or not at all", "[app]") {
  const Scene scene;
  scene.folder.write("rules/p.json", BrokenPack);
  const auto set = scene.loading().at_start(1, Today);
  CHECK(set.origin == Origin::WithoutRules);
  REQUIRE(set.loaded.usable());
  CHECK(set.loaded.policy->rule_count() == 0);
  CHECK(tells(set, "NOTHING IS BLOCKED"));

  scene.folder.write("aven.json", R"({"without_rules": "exit", "upstreams": {"default": {"servers": ["192.0.2.1"]}}})");
  CHECK(scene.loading().at_start(1, Today).origin == Origin::Nothing);
}

TEST_CASE("a broken first configuration gives nothing", "[app]") {
  const Scene scene;
  scene.folder.write("aven.json", R"({"listen": ["127.0.0.300:53"]})");
  const auto set = scene.loading().at_start(1, Today);
  CHECK(set.origin == Origin::Nothing);
  CHECK_FALSE(set.loaded.usable());
  CHECK(tells(set, "aven.json /listen/0"));
}

TEST_CASE("a damaged copy is told and not used", "[app]") {
  const Scene scene;
  scene.run_once();
  scene.folder.write("state/last-good.aven", "damaged");
  scene.folder.write("rules/p.json", BrokenPack);
  const auto set = scene.loading().at_start(2, Today);
  CHECK(set.origin == Origin::WithoutRules);
  CHECK(tells(set, "it is damaged"));
}

TEST_CASE("the defaults need no file", "[app]") {
  const TempFolder folder;
  folder.write("rules/p.json", R"({"format": 1, "pack": "p", "rules": []})");
  Places places;
  places.default_configs = {folder / "none.json", folder / "aven.json"};
  places.installed_names = folder / "none";
  places.machine = [] { return Machine{parse_resolv_conf("nameserver 192.0.2.1"), {}, ""}; };
  CHECK_FALSE(Loading{places}.from_files(1, Today).texts.config);

  folder.write("aven.json", R"({"workers": 2})");
  CHECK(Loading{places}.from_files(1, Today).config.workers == 2);
}
