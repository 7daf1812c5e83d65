// What the tests of server/ share: a loop that runs until something is true, plain client sockets on
// loopback, and a handler that answers by a function.
#pragma once

#include <arpa/inet.h>
#include <cstring>
#include <functional>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "pipeline/client_port.h"
#include "server/file_descriptor.h"
#include "server/listen_address.h"
#include "server/query_receiver.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace aven::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes(std::string_view text) {
  return {text.begin(), text.end()};
}
inline std::string text(std::span<const std::uint8_t> octets) {
  return {octets.begin(), octets.end()};
}

inline Endpoint loopback(std::uint16_t port = 0) {
  return *Endpoint::parse("127.0.0.1:" + std::to_string(port));
}

// Turns the loop until `done` holds; false after five seconds.
inline bool run_until(uv::Loop& loop, const std::function<bool()>& done) {
  bool late = false;
  uv::Timer limit{loop, [&] { late = true; }};
  uv::Timer often{loop, [] {}};  // what clients see, the loop does not
  limit.start(std::chrono::seconds{5});
  often.start(std::chrono::milliseconds{1}, std::chrono::milliseconds{1});
  bool is_done = false;
  while (!(is_done = done()) && !late) loop.run_once();
  return is_done;
}

inline Endpoint name_of(int fd) {
  sockaddr_storage raw{};
  socklen_t length = sizeof raw;
  getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &length);
  return Endpoint::from_sockaddr(raw);
}

class Client {
 public:
  Client(int type, const Endpoint& from) {
    fd = server::FileDescriptor{socket(from.address.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK, 0)};
    sockaddr_storage raw{};
    const auto length = from.to_sockaddr(raw);
    bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length);
  }
  bool connect_to(const Endpoint& to) const {
    sockaddr_storage raw{};
    const auto length = to.to_sockaddr(raw);
    return connect(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) == 0 || errno == EINPROGRESS;
  }
  bool send_to(const Endpoint& to, std::string_view data) const {
    sockaddr_storage raw{};
    const auto length = to.to_sockaddr(raw);
    return sendto(fd.get(), data.data(), data.size(), 0, reinterpret_cast<const sockaddr*>(&raw), length) >= 0;
  }
  bool write(std::string_view data) const {
    return ::send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(data.size());
  }
  struct Received {
    std::string data;
    Endpoint from;
  };
  // What has arrived, if anything; an empty text at the end of a stream.
  std::optional<Received> receive() const {
    std::vector<char> buffer(65536);
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    const auto size = recvfrom(fd.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&raw), &length);
    if (size < 0) return std::nullopt;
    return Received{std::string{buffer.data(), static_cast<std::size_t>(size)},
                    length > 0 ? Endpoint::from_sockaddr(raw) : Endpoint{}};
  }

  server::FileDescriptor fd;
};

// Length and message.
inline std::string framed(std::string_view message) {
  std::string out{static_cast<char>(message.size() >> 8), static_cast<char>(message.size() & 0xff)};
  return out.append(message);
}

// Answers each query by a function; by default it keeps them.
class Handler final : public server::QueryReceiver {
 public:
  bool on_query(const pipeline::ClientRef& client, std::span<const std::uint8_t> message, Tick) noexcept override {
    queries.push_back({client, text(message)});
    return answer ? answer(client, text(message)) : true;
  }
  struct Query {
    pipeline::ClientRef client;
    std::string message;
  };
  std::vector<Query> queries;
  std::function<bool(const pipeline::ClientRef&, const std::string&)> answer;
};

}  // namespace aven::test
