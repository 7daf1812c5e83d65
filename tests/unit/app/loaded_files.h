// LoadedFiles: one set of files in a folder of its own, loaded as `aven check` does.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "app/loading.h"
#include "unit/app/temp_folder.h"

struct LoadedFiles {
  TempFolder folder;
  aven::app::LoadedSet set;

  // `rules`: the elements of the pack's "rules".
  LoadedFiles(const std::string& config, const std::string& rules, aven::WallTime now) {
    folder.write("aven.json", config);
    folder.write("rules/p.json", R"({"format": 1, "pack": "p", "rules": [)" + rules + "]}");
    set = loading().from_files(1, now);
    for (const auto& problem : set.loaded.problems) UNSCOPED_INFO(aven::policy::to_text(problem));
    REQUIRE(set.loaded.usable());
  }

  aven::app::Loading loading(const std::filesystem::path& rules = {}) const {
    aven::app::Places places;
    places.config = folder / "aven.json";
    places.installed_names = folder / "none";
    places.rules = rules;
    places.machine = [] { return aven::app::Machine{}; };
    return aven::app::Loading{places};
  }
};
