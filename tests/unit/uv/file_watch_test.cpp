#include "uv/file_watch.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aven;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

class Scene {
 public:
  Scene() {
    std::string name = (fs::temp_directory_path() / "aven-watch-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~Scene() { fs::remove_all(folder); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void write(const std::string& name, const std::string& text) const { std::ofstream{folder / name} << text; }
  void watch(const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const auto& name : names) paths.push_back((folder / name).string());
    watching = std::make_unique<uv::FileWatch>(loop, paths, 20ms, [this] {
      ++changes;
      loop.stop();
    });
  }
  // Runs until the next report; gives false when there was none in `time`.
  bool reports(std::chrono::milliseconds time = 5s) {
    const int before = changes;
    uv::Timer limit{loop, [this] { loop.stop(); }};
    limit.start(time);
    loop.run();
    return changes > before;
  }

  fs::path folder;
  uv::Loop loop;
  std::unique_ptr<uv::FileWatch> watching;
  int changes = 0;
};

constexpr auto Quiet = 150ms;  // long enough for a report that must not come

}  // namespace

TEST_CASE("a file that is written is reported, and again when it is written again", "[uv]") {
  Scene scene;
  scene.write("aven.json", "1");
  scene.watch({"aven.json"});
  scene.write("aven.json", "2");
  CHECK(scene.reports());
  scene.write("aven.json", "3");
  CHECK(scene.reports());
}

TEST_CASE("a file replaced by rename is reported every time", "[uv]") {
  Scene scene;
  scene.write("aven.json", "1");
  scene.watch({"aven.json"});
  for (int round = 0; round < 3; ++round) {
    scene.write(".aven.json.new", "2");
    fs::rename(scene.folder / ".aven.json.new", scene.folder / "aven.json");
    CHECK(scene.reports());
  }
}

TEST_CASE("several changes at once are one report", "[uv]") {
  Scene scene;
  fs::create_directory(scene.folder / "rules");
  scene.watch({"rules"});
  for (int i = 0; i < 20; ++i) scene.write("rules/" + std::to_string(i) + ".json", "{}");
  CHECK(scene.reports());
  CHECK_FALSE(scene.reports(Quiet));
  CHECK(scene.changes == 1);
}

TEST_CASE("other files beside a watched file, hidden files and editors' copies are no change", "[uv]") {
  Scene scene;
  scene.write("aven.json", "1");
  fs::create_directory(scene.folder / "rules");
  scene.watch({"aven.json", "rules"});
  scene.write("other.db", "1");
  scene.write("rules/.pack.json.swp", "1");
  scene.write("rules/pack.json~", "1");
  CHECK_FALSE(scene.reports(Quiet));
}

TEST_CASE("a folder of a ConfigMap is reported when its link is switched, every time", "[uv]") {
  Scene scene;
  const auto release = [&](const std::string& name) {
    fs::create_directory(scene.folder / name);
    scene.write(name + "/pack.json", name);
    fs::create_directory_symlink(name, scene.folder / "..data_tmp");
    fs::rename(scene.folder / "..data_tmp", scene.folder / "..data");
  };
  release("..1");
  fs::create_symlink("..data/pack.json", scene.folder / "pack.json");

  SECTION("watched as a folder") {
    scene.watch({""});
  }
  SECTION("watched as a file") {
    scene.watch({"pack.json"});
  }
  for (const std::string name : {"..2", "..3", "..4"}) {
    release(name);
    fs::remove_all(scene.folder / ("..1"));
    CHECK(scene.reports());
  }
}

TEST_CASE("a link on the way to a folder that is switched is reported, and the new folder is watched", "[uv]") {
  Scene scene;
  fs::create_directories(scene.folder / "one/rules");
  fs::create_directories(scene.folder / "two/rules");
  fs::create_directory_symlink("one", scene.folder / "current");
  scene.watch({"current/rules"});

  fs::create_directory_symlink("two", scene.folder / "next");
  fs::rename(scene.folder / "next", scene.folder / "current");
  CHECK(scene.reports());
  scene.write("two/rules/pack.json", "{}");
  CHECK(scene.reports());
  scene.write("one/rules/pack.json", "{}");
  CHECK_FALSE(scene.reports(Quiet));
}

TEST_CASE("a folder that is missing is reported when it appears, and watched from then on", "[uv]") {
  Scene scene;
  scene.watch({"etc/rules"});
  fs::create_directories(scene.folder / "etc/rules");
  CHECK(scene.reports());
  scene.write("etc/rules/pack.json", "{}");
  CHECK(scene.reports());
}

TEST_CASE("files in folders below are watched, new folders too", "[uv]") {
  Scene scene;
  fs::create_directories(scene.folder / "rules/lists");
  scene.watch({"rules"});
  scene.write("rules/lists/a.txt", "a");
  CHECK(scene.reports());
  fs::create_directories(scene.folder / "rules/names");
  CHECK(scene.reports());
  scene.write("rules/names/a.json", "{}");
  CHECK(scene.reports());
}

TEST_CASE("a folder that is removed and made again is watched again", "[uv]") {
  Scene scene;
  fs::create_directory(scene.folder / "rules");
  scene.watch({"rules"});
  fs::remove_all(scene.folder / "rules");
  CHECK(scene.reports());
  fs::create_directory(scene.folder / "rules");
  CHECK(scene.reports());
  scene.write("rules/pack.json", "{}");
  CHECK(scene.reports());
}
