#include "uv/file_watch.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace aven::uv {
namespace {

namespace fs = std::filesystem;

constexpr int MaxLinks = 16;  // links that lead to links
constexpr int MaxLevels = 3;  // folders in folders
constexpr std::size_t MaxFolders = 512;

bool counts(std::string_view name) noexcept {
  if (name.empty()) return true;      // the folder itself
  if (name == "..data") return true;  // the link by which a ConfigMap is switched
  return name.front() != '.' && name.back() != '~';
}

fs::path full_path(const fs::path& path) {
  std::error_code error;
  auto full = fs::absolute(path, error).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();  // a slash at the end
  return full;
}

}  // namespace

FileWatch::FileWatch(Loop& loop, std::vector<std::string> paths, std::chrono::milliseconds quiet,
                     std::function<void()> changed)
    : loop_(loop), paths_(std::move(paths)), quiet_(quiet), changed_(std::move(changed)), timer_(loop, [this] {
        arm();
        changed_();
      }) {
  arm();
}

void FileWatch::arm() {
  Folders wanted;
  for (const auto& path : paths_) add_path(path, wanted);
  // New watches start before the old ones end: no moment is unwatched.
  complete_ = true;
  for (auto& [path, folder] : wanted) start(path, *folder);
  folders_ = std::move(wanted);
}

void FileWatch::add_path(const std::string& path, Folders& wanted) {
  const auto full = full_path(path);
  add_way(full, MaxLinks, wanted);
  std::error_code error;
  if (fs::is_directory(full, error)) add_below(full.string(), MaxLevels, wanted);
}

// Watches for the path itself, or for the first part of it that is missing, and for every link that leads
// there.
void FileWatch::add_way(const fs::path& path, int links, Folders& wanted) {
  fs::path at;
  for (auto part = path.begin(); part != path.end(); ++part) {
    at /= *part;
    std::error_code error;
    const auto kind = fs::symlink_status(at, error).type();
    const bool link = kind == fs::file_type::symlink;
    if (link || kind == fs::file_type::not_found || at == path) {
      folder_in(wanted, at.parent_path().string()).names.insert(at.filename().string());
    }
    if (kind == fs::file_type::not_found) return;
    if (!link) continue;
    const auto rest = path.lexically_relative(at);
    const auto target = at.parent_path() / fs::read_symlink(at, error);
    if (links > 0 && !error) add_way(full_path(target / rest), links - 1, wanted);
    return;
  }
}

void FileWatch::add_below(const std::string& folder, int levels, Folders& wanted) {
  folder_in(wanted, folder).every_name = true;
  std::error_code error;
  for (fs::directory_iterator it{folder, error}, end; !error && it != end; it.increment(error)) {
    if (wanted.size() >= MaxFolders || !counts(it->path().filename().string())) continue;
    std::error_code ignored;
    if (it->is_symlink(ignored)) add_way(it->path(), MaxLinks, wanted);
    if (levels > 0 && it->is_directory(ignored)) add_below(it->path().string(), levels - 1, wanted);
  }
}

FileWatch::Folder& FileWatch::folder_in(Folders& wanted, const std::string& path) {
  auto& folder = wanted[path];
  if (!folder) folder = std::make_unique<Folder>(*this);
  return *folder;
}

void FileWatch::start(const std::string& path, Folder& folder) {
  int error = 0;
  folder.handle = make<uv_fs_event_t>(error, &folder, uv_fs_event_init, loop_.get());
  if (error == 0) {
    const auto on_change = [](uv_fs_event_t* handle, const char* name, int, int) noexcept {
      if (const auto* changed = static_cast<Folder*>(handle->data)) {
        changed->owner.on_event(*changed, name != nullptr ? name : "");
      }
    };
    error = uv_fs_event_start(folder.handle.get(), on_change, path.c_str(), 0);
  }
  if (error != 0) complete_ = false;
}

void FileWatch::on_event(const Folder& folder, std::string_view name) {
  const bool named = name.empty() || folder.names.contains(name);
  if (named || (folder.every_name && counts(name))) timer_.start(quiet_);
}

}  // namespace aven::uv
