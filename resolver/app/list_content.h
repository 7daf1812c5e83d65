// Reading list files piece by piece: plain or gzip, and the copies of them in the state folder.
//   a copy is a line "aven list 1 SHA256 ENTRIES", then the file as it was.
// Thread: any but a worker; blocks.   Memory: two pieces of 256 KB beside what the parser keeps.
// Fails: by one sentence, empty if all went well; the parser has then seen a part.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "policy/list_file.h"

namespace aven::app {

struct CopyHead {
  std::string sha256;
  std::size_t entries = 0;
  std::size_t size = 0;  // of the head itself
};
// Nothing: there is no copy, or it is none.
std::optional<CopyHead> read_copy_head(const std::filesystem::path& copy);
std::string list_copy_head(std::string_view sha256, std::size_t entries);

struct ListReading {
  std::string sha256;  // of the file as it is, unpacked or not
  std::string failure;
};
// Feeds a regular file to the parser; `skip` octets at its start belong to the head of a copy.
ListReading feed_list(const std::filesystem::path& file, policy::ListParser& parser, std::size_t skip = 0);

}  // namespace aven::app
