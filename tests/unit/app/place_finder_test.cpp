#include "app/place_finder.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "app/loading.h"
#include "app/told.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;

namespace {

struct Scene {
  TempFolder folder;

  Scene() { folder.write("aven.json", R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}})"); }
  LoadedSet load() const {
    Places places;
    places.config = folder / "aven.json";
    places.installed_names = folder / "none";
    places.machine = [] { return Machine{}; };
    auto set = Loading{places}.from_files(1, WallTime{std::chrono::seconds{1'795'500'000}});
    REQUIRE(set.loaded.usable());
    REQUIRE_FALSE(Loading::keep(set));
    return set;
  }
  std::vector<std::string> places_of(const LoadedSet& set, const char* name) const {
    std::vector<std::string> places;
    const Told told = tell(set, {dns::Name::from_text(name).value(), dns::Type::A,
                                 IpAddress::parse("127.0.0.1").value(), WallTime{std::chrono::seconds{1'795'500'000}}});
    for (const auto& match : told.explanation.matches) places.push_back(match.place);
    std::sort(places.begin(), places.end());
    return places;
  }
};

}  // namespace

TEST_CASE("explain names every list that holds a name, and the line", "[app][lists]") {
  const Scene scene;
  scene.folder.write("rules/p.json", R"({"format": 1, "pack": "p", "rules": [
    {"id": "r", "action": "sinkhole", "lists": [{"file": "lists/x", "format": "domains"},
                                                {"file": "lists/h", "format": "hosts"}]},
    {"id": "s", "action": "nodata", "lists": [{"file": "lists/z", "format": "rpz"}]}]})");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "n" + std::to_string(i) + ".example\n";
  scene.folder.write("rules/lists/x", "# names\n\n" + many + "Twice.example # here\n");
  scene.folder.write("rules/lists/h", "0.0.0.0 a.example twice.example\n");
  scene.folder.write("rules/lists/z", "$ORIGIN rpz.example.\n@ SOA a b (\n1 2 3 4 5 )\ntwice.example CNAME *.\n");
  const auto set = scene.load();
  CHECK(scene.places_of(set, "twice.example") ==
        std::vector<std::string>{"lists/h line 1", "lists/x line 5003", "lists/z line 4"});
  CHECK(scene.places_of(set, "www.n17.example") == std::vector<std::string>{"lists/x line 20"});
  const Told told = tell(set, {dns::Name::from_text("twice.example").value(), dns::Type::A, IpAddress{}, WallTime{}});
  CHECK(to_words(told, Language::En).find("lists/h line 1") != std::string::npos);
  CHECK(to_json(told).find("lists/x line 5003") != std::string::npos);

  scene.folder.write("rules/lists/h", "");  // the last good copy still says it
  CHECK(scene.places_of(set, "twice.example").front() == "lists/h line 1");
}

TEST_CASE("explain names the place in a pack of many names", "[app]") {
  const Scene scene;
  std::string names = R"("first.example")";
  for (int i = 0; i < 5000; ++i) names += ", \"N" + std::to_string(i) + ".example.\"";
  scene.folder.write("rules/p.json", R"({"format": 1, "pack": "p", "rules": [
    {"id": "r", "action": "sinkhole", "domains": [)" +
                                         names + "]}]}");
  CHECK(scene.places_of(scene.load(), "n17.example") == std::vector<std::string>{"rules/p.json /rules/0/domains/18"});
}
