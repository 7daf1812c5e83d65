// Golden: each FOLDER/*.json is loaded as a pack; its problem lines must be those of the `.expected` file beside it.
// `golden FOLDER --update` writes the files anew; read the difference before you commit it.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "policy/rule_file.h"

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string problems_of(const fs::path& path) {
  const aven::policy::RuleTexts texts{{{path.filename().string(), read(path)}}, {}};
  std::string lines;
  for (const auto& problem : aven::policy::load_rules(texts).problems) lines += to_text(problem) + '\n';
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  const bool update = arguments.size() == 2 && arguments[1] == "--update";
  if (arguments.empty() || (arguments.size() > 1 && !update)) {
    std::fputs("usage: golden FOLDER [--update]\n", stderr);
    return 2;
  }
  std::vector<fs::path> inputs;
  for (const auto& entry : fs::directory_iterator{arguments[0]}) {
    if (entry.path().extension() == ".json") inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  int different = 0;
  for (const auto& input : inputs) {
    const auto expected = fs::path{input}.replace_extension(".expected");
    const std::string got = problems_of(input);
    if (update) {
      std::ofstream{expected, std::ios::binary} << got;
    } else if (!fs::exists(expected) || read(expected) != got) {
      ++different;
      std::printf("%s is different; got:\n%s", expected.c_str(), got.c_str());
    }
  }
  std::printf("%zu files, %d different\n", inputs.size(), different);
  return different == 0 && !inputs.empty() ? 0 : 1;
}
