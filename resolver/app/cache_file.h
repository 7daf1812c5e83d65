// The file that keeps the workers' caches from a stop to the next start (`cache.file`). Its head says which program and
// which servers it is of, and a checksum covers all; a file that does not fit is left aside, never half believed.
// Thread: any, one at a time; blocks. Not for workers.
// Fails: reading, by no images and one sentence for the log; writing, by one sentence, and the old file stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/tick.h"
#include "upstream/upstream_set.h"

namespace aven::app {

using CacheImages = std::vector<std::vector<std::uint8_t>>;  // one for each worker

struct CacheFile {
  CacheImages images;
  std::uint32_t age_s = 0;
  std::string why_not;  // set: there is a file, and it is not used
};

// Replies are kept for the servers that gave them: with others, or in another order, the file is of no use.
// A file of more than `most_octets` is not even opened.
CacheFile read_cache_file(const std::filesystem::path& file, std::size_t most_octets,
                          const upstream::UpstreamSet& servers, WallTime now);
// Only the owner may read it: it tells what was asked, though not by whom.
std::optional<std::string> write_cache_file(const std::filesystem::path& file, const upstream::UpstreamSet& servers,
                                            const CacheImages& images, WallTime now);

}  // namespace aven::app
