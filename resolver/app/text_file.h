// read_text, write_text_safely: whole files, for configuration, rules and the last good copy.
// Thread: any; blocks. Not for workers.
// Fails: with one sentence without the file's name ("No such file or directory"); the caller knows where it
// stands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.h"

namespace aven::app {

// Regular files only (also by a symbolic link): a pipe would hold the reader up.
Expected<std::string, std::string> read_text(const std::filesystem::path& file);

// Calls write(put) to give the content piece by piece. The file is replaced as a whole: after a power cut
// there is the old one or the new one, never a part. Gives what went wrong; then the old file is as it was.
// Readers::Owner: only the owner may read it; as root it then belongs to the owner of its folder, so that a daemon without
// root's rights can.
using PutText = std::function<void(std::string_view)>;
enum class Readers : std::uint8_t { Group, Owner };
std::optional<std::string> write_text_safely(const std::filesystem::path& file,
                                             const std::function<void(const PutText&)>& write,
                                             Readers readers = Readers::Group);

}  // namespace aven::app
