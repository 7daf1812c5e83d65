// fetch_list: one conditional request for a list by URL, to a file. Follows at most five redirects, none from https to
// http. The host's addresses are looked up at the servers given; a proxy of the environment is not used.
// Thread: any but a worker; blocks up to ten minutes, or until `stop`.   Memory: a piece of the body at a time.
// Fails: with one sentence in the result; then the file is as it was.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/net_address.h"

namespace aven::app {

// What the last answer said of its content.
struct ListVersion {
  std::string etag, last_modified;
  std::string sha256;  // empty: there is none
};

struct FetchRequest {
  std::string url;
  ListVersion known;
  std::filesystem::path file;  // replaced as a whole
  std::vector<Endpoint> servers;
  std::uint64_t max_size = 512ULL << 20;
};

struct FetchResult {
  enum class Kind : std::uint8_t { Fresh, Unchanged, Failed } kind = Kind::Failed;
  ListVersion version;  // Fresh, Unchanged
  std::string failure;
};

FetchResult fetch_list(const FetchRequest& request, const std::atomic<bool>& stop);

}  // namespace aven::app
