// ControlServer: the API over HTTP/1.1 on a Unix socket, the only place where state changes. `act` is asked first, with
// the account of who is at the other end; what it leaves is answered from the board as on the page.
// Thread: made and destroyed by one thread; each connection has a thread of its own, which `act` may hold up.
// Lifetime: the destructor waits for every call of `act`; make them return first. Takes its file away.
// Fails: start() with a reason; DNS goes on without it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/expected.h"
#include "status/api.h"
#include "status/unix_socket.h"

namespace aven::status {

struct ControlRequest {
  enum class Method : std::uint8_t { Get, Post };
  Method method = Method::Get;
  std::string path;     // "/api/v1/pause"
  std::string body;     // of a POST, at most MostBody octets
  std::string account;  // "alice (uid 1000)"
  Values parameters;
};

class ControlServer {
  struct Impl;
  struct Key {  // only start() makes one
    explicit Key() = default;
  };

 public:
  static constexpr std::size_t MostBody = std::size_t{64} << 10;
  // Nothing: this path is not its own.
  using Act = std::function<std::optional<Response>(const ControlRequest&)>;

  ControlServer(Key, std::unique_ptr<Impl> impl);
  // `group`: who may use it beside the owner.
  static Expected<std::unique_ptr<ControlServer>, UnixSocketError> start(const std::filesystem::path& path,
                                                                         const std::string& group, Board& board,
                                                                         ApiOptions options, Act act);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::status
