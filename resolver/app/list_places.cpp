#include "app/list_places.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/sha256.h"
#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;

// Toulouse's categories have an English and a French name.
constexpr std::pair<std::string_view, std::string_view> Ut1Names[] = {
    {"ads", "publicite"}, {"aggressive", "agressif"}, {"drugs", "drogue"},     {"mail", "forums"},
    {"porn", "adult"},    {"proxy", "redirector"},    {"violence", "agressif"}};

fs::path ut1_folder(fs::path folder) {
  std::error_code ignored;
  if (!folder.has_filename()) folder = folder.parent_path();
  if (fs::exists(folder, ignored)) return folder;
  for (const auto& [english, french] : Ut1Names) {
    const auto name = folder.filename().string();
    const auto other = folder.parent_path() / (name == english ? french : english);
    if ((name == english || name == french) && fs::exists(other, ignored)) return other;
  }
  return folder;
}

// A file name for what is told by `words`.
std::string hashed(const std::string& words) {
  constexpr std::size_t Digits = 32;
  Sha256 sha;
  sha.add(words);
  return sha.finish().substr(0, Digits);
}

}  // namespace

fs::path ListPlaces::file_of(const policy::ListReference& list) const {
  if (!list.url.empty()) return state / "fetched" / hashed(list.url);
  return list.format == "ut1" ? ut1_domains(rules / list.file) : rules / list.file;
}

fs::path ListPlaces::copy_of(const policy::ListReference& list) const {
  return list_copy(state, list.name(), list.format);
}

fs::path list_copy(const fs::path& state, const std::string& name, const std::string& format) {
  return state / "lists" / (hashed(format + '\n' + name) + ".list");
}

fs::path ut1_domains(fs::path folder) {
  return ut1_folder(std::move(folder)) / "domains";
}

bool is_white_category(const fs::path& folder) {
  const auto usage = read_text(folder / "usage");
  if (!usage) return false;
  bool white = false, black = false;
  std::string_view rest = *usage;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with('#')) continue;
    white = white || line.find("white") != std::string_view::npos;
    black = black || line.find("black") != std::string_view::npos;
  }
  return white && !black;
}

}  // namespace aven::app
