// read_text, write_text_safely: whole files, for configuration, rules and the last good copy.
// Thread: any; blocks. Not for workers.
// Fails: with one sentence without the file's name ("No such file or directory"); the caller knows where it
// stands.
#pragma once

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
using PutText = std::function<void(std::string_view)>;
std::optional<std::string> write_text_safely(const std::filesystem::path& file,
                                             const std::function<void(const PutText&)>& write);

}  // namespace aven::app
