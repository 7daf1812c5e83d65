// listen_unix: a listening Unix socket at a path, for the owner and one group alone.
// Thread: any; blocks for a moment.
// Fails: with one sentence. A file that a dead program left behind is replaced; a socket that somebody serves, and
// any other file, stays as it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/expected.h"
#include "server/file_descriptor.h"

namespace aven::status {

struct UnixSocketError {
  enum class Kind : std::uint8_t { InUse, Other };  // InUse: a program that lives serves it
  Kind kind = Kind::Other;
  std::string text;
};

// The longest path that a Unix socket may have, in octets.
inline constexpr std::size_t MostSocketPath = 107;

// Mode 0660; the group `group` if there is one of that name and we may give the file to it.
Expected<server::FileDescriptor, UnixSocketError> listen_unix(const std::filesystem::path& path,
                                                              const std::string& group);

// Who is at the other end (SO_PEERCRED): "alice (uid 1000)".
std::string peer_account(int connection);

}  // namespace aven::status
