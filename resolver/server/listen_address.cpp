#include "server/listen_address.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include "base/log.h"

namespace aven::server {
namespace {

constexpr int SendBufferBytes = 1 << 20;
constexpr int TcpBacklog = 512;
constexpr int PortTries = 16;  // for a number that is free for UDP and TCP

bool set_option(int fd, int level, int name, int value) noexcept {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

void ask_for_buffer(int fd, int forced, int plain, int bytes) noexcept {
  if (!set_option(fd, SOL_SOCKET, forced, bytes)) set_option(fd, SOL_SOCKET, plain, bytes);
}

FileDescriptor bound(const Endpoint& address, int type, SharePort share, int& error) noexcept {
  const bool v4 = address.address.is_v4();
  FileDescriptor fd{socket(v4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_storage raw{};
  const auto length = address.to_sockaddr(raw);
  const bool done = fd && (v4 || set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
                    (type != SOCK_STREAM || set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1)) &&
                    (share == SharePort::No || set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1)) &&
                    bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) == 0 &&
                    set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);  // from now on others of ours may join
  error = done ? 0 : errno;
  return done ? std::move(fd) : FileDescriptor{};
}

FileDescriptor bind_tcp(const Endpoint& address, SharePort share, int& error) noexcept {
  auto fd = bound(address, SOCK_STREAM, share, error);
  if (fd && listen(fd.get(), TcpBacklog) != 0) {
    error = errno;
    return {};
  }
  return fd;
}

std::uint16_t port_of(int fd) noexcept {
  sockaddr_storage raw{};
  socklen_t length = sizeof raw;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&raw), &length) != 0) return 0;
  return Endpoint::from_sockaddr(raw).port;
}

std::string sentence(const Endpoint& address, const char* transport, int error) {
  std::string why;
  switch (error) {
    case EADDRINUSE:
      why = "address already in use (another DNS server?)";
      break;
    case EACCES:
      why = "permission denied (ports below 1024 need root or the capability CAP_NET_BIND_SERVICE)";
      break;
    case EADDRNOTAVAIL:
      why = "no network interface of this machine has that address";
      break;
    case EAFNOSUPPORT:
      why = "this machine has no IPv6";
      break;
    default:
      why = std::strerror(error);
      break;
  }
  return "cannot listen on " + address.text() + transport + ": " + why;
}

bool covers(const Endpoint& one, const Endpoint& other) noexcept {
  if (one.port == 0 || one.port != other.port || one.address.is_v4() != other.address.is_v4()) return false;
  return one.address.is_unspecified() || one == other;
}

std::vector<Endpoint> without_overlaps(std::span<const Endpoint> wanted) {
  std::vector<Endpoint> out;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    bool covered = false;
    for (std::size_t j = 0; j < wanted.size() && !covered; ++j) {
      if (i == j || !covers(wanted[j], wanted[i])) continue;
      covered = j < i || !(wanted[j] == wanted[i]);  // of two equal ones the first stays
    }
    if (!covered) out.push_back(wanted[i]);
  }
  return out;
}

// The first UDP and TCP socket of an address, on one port.
std::optional<std::string> open_first(Listener& listener) {
  const auto wanted = listener.address;
  for (int tries = 1;; ++tries) {
    int error = 0;
    auto udp = bind_udp(wanted, SharePort::No, error);
    if (!udp) return sentence(wanted, "", error);
    listener.address.port = port_of(udp.get());
    auto tcp = bind_tcp(listener.address, SharePort::No, error);
    if (tcp) {
      listener.udp.push_back(std::move(udp));
      listener.tcp.push_back(std::move(tcp));
      return std::nullopt;
    }
    const bool again = wanted.port == 0 && error == EADDRINUSE && tries < PortTries;
    if (!again) return sentence(listener.address, " over TCP", error);
  }
}

std::optional<std::string> open_others(Listener& listener, std::size_t workers) {
  for (std::size_t worker = 1; worker < workers; ++worker) {
    int error = 0;
    listener.udp.push_back(bind_udp(listener.address, SharePort::Yes, error));
    if (!listener.udp.back()) return sentence(listener.address, "", error);
    listener.tcp.push_back(bind_tcp(listener.address, SharePort::Yes, error));
    if (!listener.tcp.back()) return sentence(listener.address, " over TCP", error);
  }
  return std::nullopt;
}

void warn_of_small_buffer(const std::vector<Listener>& listeners) {
  if (listeners.empty()) return;
  const int got = receive_buffer_bytes(listeners.front().udp.front().get());
  if (got >= ReceiveBufferBytes) return;
  log::warn(
      "the UDP receive buffer is {} KiB, not {} KiB: bursts may be lost; raise it with sysctl "
      "net.core.rmem_max={}",
      got >> 10, ReceiveBufferBytes >> 10, ReceiveBufferBytes);
}

}  // namespace

FileDescriptor bind_udp(const Endpoint& address, SharePort share, int& error) noexcept {
  auto fd = bound(address, SOCK_DGRAM, share, error);
  if (!fd) return fd;
  const bool v4 = address.address.is_v4();
  ask_for_buffer(fd.get(), SO_RCVBUFFORCE, SO_RCVBUF, ReceiveBufferBytes);
  ask_for_buffer(fd.get(), SO_SNDBUFFORCE, SO_SNDBUF, SendBufferBytes);
  set_option(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);
  // Forged "fragmentation needed" messages must not make us fragment (RFC 9715).
  if (v4)
    set_option(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  else
    set_option(fd.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  const bool told =
      !address.address.is_unspecified() ||  // a bound address needs no telling
      (v4 ? set_option(fd.get(), IPPROTO_IP, IP_PKTINFO, 1) : set_option(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
  error = told ? 0 : errno;
  return told ? std::move(fd) : FileDescriptor{};
}

int receive_buffer_bytes(int fd) noexcept {
  int doubled = 0;  // the kernel counts its own overhead in
  socklen_t length = sizeof doubled;
  if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &doubled, &length) != 0) return 0;
  return doubled / 2;
}

Expected<std::vector<Listener>, std::string> open_listeners(std::span<const Endpoint> wanted, std::size_t workers) {
  std::vector<Listener> listeners;
  for (const auto& address : without_overlaps(wanted)) {
    auto& listener = listeners.emplace_back(Listener{address, {}, {}});
    if (auto error = open_first(listener)) return Unexpected{std::move(*error)};
  }
  for (auto& listener : listeners) {
    if (auto error = open_others(listener, workers)) return Unexpected{std::move(*error)};
  }
  warn_of_small_buffer(listeners);
  return listeners;
}

}  // namespace aven::server
