// PageFiles: what files beside aven.json give to the status page: accounts, certificate and key, monitoring token.
// They are read at the start and whenever one of them changes; aven.json names them.
// Thread: control's; blocks for some small files.
// Fails: by problems, each with the setting's place; with an error the page must not be served from it.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "base/tick.h"
#include "policy/problem.h"
#include "status/gate.h"

namespace aven::app {

struct PageFiles {
  status::Secrets secrets;
  std::string certificate, key;  // PEM; empty: no TLS
  policy::Problems problems;
};

PageFiles read_page_files(const Config& config, WallTime now);

// Has one of the files changed since the last call?
class PageFileWatch {
 public:
  explicit PageFileWatch(const PageSettings& settings);
  bool has_changed();

 private:
  std::vector<std::filesystem::path> files_;
  std::vector<std::string> seen_;  // identity, size and time of each
};

}  // namespace aven::app
