// Files packed by gzip and known by the SHA-256 of what is in them, for the archive of policies.
// Thread: any; blocks.
// Fails: with one sentence; a file is replaced as a whole, and what does not match its hash is not given.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/text_file.h"
#include "base/expected.h"

namespace aven::app {

std::optional<std::string> write_packed(const std::filesystem::path& file,
                                        const std::function<void(const PutText&)>& write);
Expected<std::string, std::string> read_packed(const std::filesystem::path& file, const std::string& sha256);
bool packed_is_whole(const std::filesystem::path& file, const std::string& sha256);

// Packs `from` but for its first `skip` octets, piece by piece.
std::optional<std::string> pack_file(const std::filesystem::path& from, std::size_t skip, const std::string& sha256,
                                     const std::filesystem::path& file);
// Writes `head` and what is packed to `to`, piece by piece.
std::optional<std::string> unpack_file(const std::filesystem::path& file, const std::string& sha256,
                                       const std::string& head, const std::filesystem::path& to);

}  // namespace aven::app
