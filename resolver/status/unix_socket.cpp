#include "status/unix_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace aven::status {
namespace {

using server::FileDescriptor;
using Kind = UnixSocketError::Kind;

constexpr int Backlog = 16;
constexpr std::size_t NamesBuffer = 4096;  // for getpwuid_r and getgrnam_r; more is treated as "no such name"
static_assert(MostSocketPath + 1 == sizeof(sockaddr_un::sun_path));

std::string reason(int error) {
  return std::error_code{error, std::generic_category()}.message();
}

sockaddr_un address_of(std::string_view path) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int connect_to(int fd, const sockaddr_un& address) noexcept {
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

FileDescriptor new_socket() {
  return FileDescriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
}

// Makes the path free, or says why it is not ours to take.
std::optional<UnixSocketError> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return std::nullopt;
  if (!S_ISSOCK(facts.st_mode)) return UnixSocketError{Kind::Other, "there is another file at its place"};
  const FileDescriptor probe = new_socket();
  const int error = connect_to(probe.get(), address);
  if (error == 0 || error == EAGAIN) return UnixSocketError{Kind::InUse, "another Aven serves it"};
  if (error != ECONNREFUSED) return UnixSocketError{Kind::Other, reason(error)};
  if (::unlink(path.c_str()) != 0) return UnixSocketError{Kind::Other, reason(errno)};
  return std::nullopt;
}

std::optional<gid_t> group_id(const std::string& name) {
  group entry{};
  group* found = nullptr;
  std::array<char, NamesBuffer> buffer;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return found->gr_gid;
}

}  // namespace

Expected<FileDescriptor, UnixSocketError> listen_unix(const std::filesystem::path& path, const std::string& group) {
  const std::string& name = path.native();
  const auto fail = [](int error) { return Unexpected{UnixSocketError{Kind::Other, reason(error)}}; };
  if (name.size() > MostSocketPath) {
    return Unexpected{UnixSocketError{Kind::Other, "its path has " + std::to_string(name.size()) +
                                                       " octets, and the path of a socket may have at most " +
                                                       std::to_string(MostSocketPath) +
                                                       ": give `control` a shorter one"}};
  }
  const auto address = address_of(name);
  if (auto taken = clear_path(name, address)) return Unexpected{std::move(*taken)};

  FileDescriptor fd = new_socket();
  if (!fd) return fail(errno);
  // The file has the mode of the socket: nobody else can come in between bind() and chmod().
  if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) return fail(errno);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail(errno);
  if (const auto owners = group_id(group)) {
    // Refused to who is not in that group: the file keeps our own.
    if (::chown(name.c_str(), static_cast<uid_t>(-1), *owners) != 0) errno = 0;
  }
  if (::chmod(name.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0) return fail(errno);
  if (::listen(fd.get(), Backlog) != 0) return fail(errno);
  return fd;
}

std::string peer_account(int connection) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "unknown";
  const std::string uid = "uid " + std::to_string(who.uid);
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, NamesBuffer> buffer;
  if (::getpwuid_r(who.uid, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return uid;
  return std::string{found->pw_name} + " (" + uid + ')';
}

}  // namespace aven::status
