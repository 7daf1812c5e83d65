// Golden: each FOLDER/*/ is a folder with aven.json and rules as an administrator has it; the problems of reading it at
// noon of 2026-11-24 must be those of its `expected`.
// `golden_checks FOLDER --update` writes the files anew; read the difference before you commit it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "app/loading.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

// Without the place of the repository.
std::string problems_of(const fs::path& folder) {
  aven::app::Places places;
  places.config = folder / "aven.json";
  places.installed_names = folder / "none";
  places.machine = [] { return aven::app::Machine{}; };
  const aven::WallTime noon = date::sys_days{date::year{2026} / 11 / 24} + std::chrono::hours{12};
  const auto set = aven::app::Loading{places}.from_files(1, noon);
  std::string lines;
  for (const auto& problem : set.loaded.problems) lines += to_text(problem) + '\n';
  const std::string place = folder.string() + '/';
  for (auto at = lines.find(place); at != std::string::npos; at = lines.find(place)) lines.erase(at, place.size());
  return lines + (set.loaded.usable() ? "accepted\n" : "refused\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  const bool update = arguments.size() == 2 && arguments[1] == "--update";
  if (arguments.empty() || (arguments.size() > 1 && !update)) {
    std::fputs("usage: golden_checks FOLDER [--update]\n", stderr);
    return 2;
  }
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator{arguments[0]}) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  int different = 0;
  for (const auto& folder : cases) {
    const std::string got = problems_of(folder);
    if (update) {
      std::ofstream{folder / "expected", std::ios::binary} << got;
    } else if (read(folder / "expected") != got) {
      ++different;
      std::printf("%s is different; got:\n%s", folder.c_str(), got.c_str());
    }
  }
  std::printf("%zu folders, %d different\n", cases.size(), different);
  return different == 0 && !cases.empty() ? 0 : 1;
}
