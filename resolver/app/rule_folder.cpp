#include "app/rule_folder.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

bool is_rule_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return !name.starts_with('.') && name.ends_with(".json") && !name.ends_with(".schema.json");
}

enum class Missing : bool { IsFine, IsProblem };

// The JSON files of one folder. `shown` stands for the folder in problems.
std::vector<policy::SourceText> read_folder(const fs::path& folder, const fs::path& shown, Missing missing,
                                            policy::Problems& problems) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::directory_iterator entry{folder, error};
  if (error == std::errc::no_such_file_or_directory && missing == Missing::IsFine) return {};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    if (is_rule_file(entry->path())) files.push_back(entry->path());
  }
  if (error) {
    problems.push_back({shown.string(), "", "cannot read this folder: " + error.message(), policy::Severity::Error});
    return {};
  }
  std::sort(files.begin(), files.end());

  std::vector<policy::SourceText> texts;
  for (const auto& file : files) {
    const std::string name = (shown / file.filename()).string();
    auto text = read_text(file);
    if (text) {
      texts.push_back({name, std::move(*text)});
    } else {
      problems.push_back({name, "", "cannot read this file: " + text.error(), policy::Severity::Error});
    }
  }
  return texts;
}

}  // namespace

RuleFolder read_rule_folder(const fs::path& folder, const fs::path& installed_names) {
  RuleFolder out;
  const fs::path shown = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  out.texts.packs = read_folder(folder, shown, Missing::IsProblem, out.problems);
  if (!out.problems.empty() && out.texts.packs.empty()) return out;
  out.texts.name_sets = read_folder(folder / "names", shown / "names", Missing::IsFine, out.problems);
  auto installed = read_folder(installed_names, installed_names, Missing::IsFine, out.problems);
  std::move(installed.begin(), installed.end(), std::back_inserter(out.texts.name_sets));
  return out;
}

}  // namespace aven::app
