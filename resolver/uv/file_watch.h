// FileWatch: tells, once they have been quiet for a while, that files or folders changed: written, replaced
// by rename (editors), or switched as a whole by a symbolic link (Kubernetes ConfigMaps, package upgrades).
// It watches the folder of each path and of every link on the way, and folders themselves, three levels
// down; after each change it looks up anew what there is to watch. Hidden files and editors' copies (ending
// in a tilde) do not count.
// Thread: the loop's.   Lifetime: the loop outlives it.
// Fails: never; a path that does not exist is noticed when it appears; watches that the system refuses are
// left out, complete() says so.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "uv/handle.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace aven::uv {

class FileWatch {
 public:
  FileWatch(Loop& loop, std::vector<std::string> paths, std::chrono::milliseconds quiet, std::function<void()> changed);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  bool complete() const noexcept { return complete_; }

 private:
  // One watched folder: all its names, or only some.
  struct Folder {
    FileWatch& owner;
    bool every_name = false;
    std::set<std::string, std::less<>> names{};
    Handle<uv_fs_event_t> handle{};
  };
  using Folders = std::map<std::string, std::unique_ptr<Folder>, std::less<>>;

  void arm();
  void add_path(const std::string& path, Folders& wanted);
  void add_way(const std::filesystem::path& path, int links, Folders& wanted);
  void add_below(const std::string& folder, int levels, Folders& wanted);
  Folder& folder_in(Folders& wanted, const std::string& path);
  void start(const std::string& path, Folder& folder);
  void on_event(const Folder& folder, std::string_view name);

  Loop& loop_;
  std::vector<std::string> paths_;
  std::chrono::milliseconds quiet_;
  std::function<void()> changed_;
  bool complete_ = true;
  Timer timer_;
  Folders folders_;
};

}  // namespace aven::uv
