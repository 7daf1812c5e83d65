#include "status/unix_socket.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit/app/temp_folder.h"

namespace aven::status {
namespace {

constexpr const char* NoGroup = "there-is-no-such-group";

server::FileDescriptor connect_to(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  server::FileDescriptor fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

}  // namespace

TEST_CASE("a control socket is for its owner and its group", "[status]") {
  const TempFolder folder;
  const auto path = folder / "control.sock";
  const auto listening = listen_unix(path, NoGroup);
  REQUIRE(listening);
  struct stat facts {};
  REQUIRE(::lstat(path.c_str(), &facts) == 0);
  CHECK(S_ISSOCK(facts.st_mode));
  CHECK((facts.st_mode & 0777) == 0660);
  CHECK(connect_to(path));
}

TEST_CASE("the socket of a dead program is replaced, a live one and other files are not", "[status]") {
  const TempFolder folder;
  const auto path = folder / "control.sock";
  {
    const auto dead = listen_unix(path, NoGroup);
    REQUIRE(dead);
  }
  const auto live = listen_unix(path, NoGroup);
  REQUIRE(live);
  const auto second = listen_unix(path, NoGroup);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == UnixSocketError::Kind::InUse);
  CHECK(connect_to(path));

  folder.write("file", "precious");
  const auto over_file = listen_unix(folder / "file", NoGroup);
  REQUIRE_FALSE(over_file);
  CHECK(over_file.error().kind == UnixSocketError::Kind::Other);
  CHECK(std::filesystem::is_regular_file(folder / "file"));
}

TEST_CASE("a path that is too long for a socket is said with its limit", "[status]") {
  const TempFolder folder;
  const auto path = folder / std::string(MostSocketPath, 'a');
  const auto listening = listen_unix(path, NoGroup);
  REQUIRE_FALSE(listening);
  CHECK(listening.error().text.find("at most 107") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the account at the other end has its number", "[status]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const server::FileDescriptor one{ends[0]}, other{ends[1]};
  CHECK(peer_account(one.get()).find("uid " + std::to_string(::getuid())) != std::string::npos);
}

}  // namespace aven::status
