// RollbackMark: that an earlier policy is to run in place of the files, until the files change or `aven reload` ends it.
//   file `rollback.json` of the state folder, with a checksum
// Thread: any; blocks.
// Fails: with one sentence.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/expected.h"
#include "base/tick.h"

namespace aven::app {

struct RollbackMark {
  std::string policy;  // id
  std::string reason, account;
  WallTime at{};
  std::string files;  // digest of the files' texts when it came into force; empty: not yet
};

std::filesystem::path rollback_file(const std::filesystem::path& state);

// Nothing: there is none. The error: it is there and cannot be used.
Expected<std::optional<RollbackMark>, std::string> read_rollback(const std::filesystem::path& state);
std::optional<std::string> write_rollback(const std::filesystem::path& state, const RollbackMark& mark);
// Also when there is none.
std::optional<std::string> end_rollback(const std::filesystem::path& state);

}  // namespace aven::app
