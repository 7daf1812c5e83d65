#include "server/upstream_socket.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

#include "base/check.h"

namespace aven::server {
namespace {

using upstream::NoSocket;
using upstream::ServerIndex;
using upstream::SocketId;
using upstream::Transport;
using namespace std::chrono_literals;

constexpr auto SocketLife = 5s;
constexpr auto ReplyTime = 6s;  // longer than the forwarder waits for any answer
constexpr auto SweepEvery = 1000ms;
constexpr std::uint32_t LowestPort = 1024;
constexpr int PortTries = 32;
constexpr int DrainReads = 4;
constexpr std::size_t ReplyBatch = 16;
constexpr std::size_t ReplySize = 65 * 64;  // more than any sane server sends over UDP; an odd number of cache lines

}  // namespace

struct UpstreamSockets::Udp {
  UpstreamSockets& owner;
  PerServer* server;
  SocketId id = NoSocket;
  std::size_t asks = 0;
  Tick opened{};
  Tick last_ask{};
  FileDescriptor fd{};
  uv::Handle<uv_poll_t> poll{};

  bool is_worn(Tick now) const noexcept { return asks >= AsksPerSocket || now - opened >= SocketLife; }
  bool watch() noexcept {
    return uv_poll_start(poll.get(), UV_READABLE, [](uv_poll_t* handle, int status, int) noexcept {
             if (auto* self = static_cast<Udp*>(handle->data)) self->owner.on_ready(*self, status);
           }) == 0;
  }
};

struct UpstreamSockets::PerServer {
  upstream::Server server;
  ServerIndex index;
  std::array<std::unique_ptr<Udp>, SocketsPerServer> sockets{};
  UpstreamConnections connections;

  PerServer(UpstreamSockets& owner, const upstream::Server& is, ServerIndex at)
      : server(is), index(at), connections(owner.loop_, owner.ids_, owner.random_, owner.receiver_, is) {}
};

struct UpstreamSockets::ReplyBuffers {
  std::array<mmsghdr, ReplyBatch> headers{};
  std::array<iovec, ReplyBatch> parts{};
  alignas(64) std::array<std::array<std::uint8_t, ReplySize>, ReplyBatch> data;

  ReplyBuffers() noexcept {
    for (std::size_t i = 0; i < ReplyBatch; ++i) {
      parts[i] = {data[i].data(), ReplySize};
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

UpstreamSockets::UpstreamSockets(uv::Loop& loop, RandomSource& random, ReplyReceiver& receiver)
    : loop_(loop),
      random_(random),
      receiver_(receiver),
      buffers_(std::make_unique<ReplyBuffers>()),
      sweep_timer_(loop, [this] { sweep(); }) {}

UpstreamSockets::~UpstreamSockets() = default;

void UpstreamSockets::use(const upstream::UpstreamSet& set, const TlsContexts& tls) {
  while (has_work()) flush();  // under the indexes that the receiver knows
  std::vector<std::unique_ptr<PerServer>> next;
  for (const auto& server : set.servers) {
    const auto index = static_cast<ServerIndex>(next.size());
    const auto same =
        std::find_if(servers_.begin(), servers_.end(), [&](const auto& old) { return old && old->server == server; });
    if (same != servers_.end()) {
      next.push_back(std::move(*same));
      next.back()->index = index;
    } else {
      next.push_back(std::make_unique<PerServer>(*this, server, index));
    }
    const auto context = tls.find(server.tls_ca);
    next.back()->connections.use(index, context == tls.end() ? nullptr : context->second);
  }
  const auto is_gone = [&](const auto& socket) {
    return std::none_of(next.begin(), next.end(), [&](const auto& kept) { return kept.get() == socket->server; });
  };
  std::erase_if(given_up_, is_gone);
  servers_ = std::move(next);
}

SocketId UpstreamSockets::send(ServerIndex server, Transport transport, std::span<const std::uint8_t> message,
                               Tick now) noexcept {
  if (server >= servers_.size()) return NoSocket;
  auto& to = *servers_[server];
  if (transport == Transport::Udp && to.server.protocol != upstream::Protocol::Plain) return NoSocket;
  if (!sweep_timer_.is_active()) sweep_timer_.start(SweepEvery, SweepEvery);
  return transport == Transport::Udp ? send_udp(to, message, now) : to.connections.send(message, now);
}

SocketId UpstreamSockets::send_udp(PerServer& server, std::span<const std::uint8_t> message, Tick now) noexcept {
  std::unique_ptr<Udp> own;
  for (int tries = 0; tries < 2; ++tries) {
    if (server.server.fresh_port) own = open(server, now);
    auto& socket = server.server.fresh_port ? own : draw(server, now);
    if (!socket) return NoSocket;
    const auto id = socket->id;
    if (::send(socket->fd.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      ++socket->asks;
      socket->last_ask = now;
      if (server.server.fresh_port || socket->is_worn(now)) give_up(socket);
      return id;
    }
    if (errno != ECONNREFUSED) return NoSocket;
    broken_.push_back(std::move(socket));  // an earlier ask's error: this one goes by another socket
  }
  return NoSocket;
}

// A socket of the pool at random, opened if its place is empty. If none can be opened, any that is there.
std::unique_ptr<UpstreamSockets::Udp>& UpstreamSockets::draw(PerServer& server, Tick now) noexcept {
  auto& drawn = server.sockets[random_.below(SocketsPerServer)];
  if (drawn && drawn->is_worn(now)) give_up(drawn);
  if (!drawn) drawn = open(server, now);
  if (drawn) return drawn;
  const auto other =
      std::find_if(server.sockets.begin(), server.sockets.end(), [](const auto& s) { return s != nullptr; });
  return other == server.sockets.end() ? drawn : *other;
}

std::unique_ptr<UpstreamSockets::Udp> UpstreamSockets::open(PerServer& server, Tick now) noexcept {
  const auto& to = server.server.endpoint;
  const bool v4 = to.address.is_v4();
  FileDescriptor fd{socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd || !bind_random_port(fd.get(), v4)) return nullptr;
  sockaddr_storage raw{};
  const auto length = to.to_sockaddr(raw);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&raw), length) != 0) return nullptr;

  auto opened = std::make_unique<Udp>(*this, &server, ids_.next());
  opened->opened = now;
  opened->fd = std::move(fd);
  int error = 0;
  opened->poll = uv::make<uv_poll_t>(error, opened.get(), uv_poll_init, loop_.get(), opened->fd.get());
  return opened->poll && opened->watch() ? std::move(opened) : nullptr;
}

bool UpstreamSockets::bind_random_port(int fd, bool v4) noexcept {
  for (int tries = 0; tries < PortTries; ++tries) {
    Endpoint from;
    if (!v4) from.address = IpAddress::v6(std::array<std::uint8_t, 16>{});
    from.port = static_cast<std::uint16_t>(LowestPort + random_.below(65536 - LowestPort));
    sockaddr_storage raw{};
    const auto length = from.to_sockaddr(raw);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&raw), length) == 0) return true;
    if (errno != EADDRINUSE && errno != EACCES) return false;
  }
  return false;
}

// No new asks; replies to the old ones are still awaited.
void UpstreamSockets::give_up(std::unique_ptr<Udp>& socket) {
  given_up_.push_back(std::move(socket));
}

void UpstreamSockets::on_ready(Udp& socket, int status) noexcept {
  if (status >= 0) {
    receive(socket);
    return;
  }
  // An ICMP error: libuv has stopped polling. Replies that came before it still count, then the socket is
  // done with.
  for (int i = 0; i < DrainReads && receive(socket) != EAGAIN; ++i) continue;
  on_broken(socket);
}

// One batch. Gives errno.
int UpstreamSockets::receive(Udp& socket) noexcept {
  const int count = recvmmsg(socket.fd.get(), buffers_->headers.data(), ReplyBatch, MSG_DONTWAIT, nullptr);
  if (count < 0) return errno;
  const Tick now = read_tick();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto size = std::min<std::size_t>(buffers_->headers[i].msg_len, ReplySize);
    receiver_.on_reply(socket.server->index, socket.id, Transport::Udp, std::span{buffers_->data[i]}.first(size), now);
  }
  return 0;
}

void UpstreamSockets::on_broken(Udp& socket) noexcept {
  const auto is_it = [&](const auto& other) { return other.get() == &socket; };
  auto& pool = socket.server->sockets;
  if (const auto found = std::find_if(pool.begin(), pool.end(), is_it); found != pool.end()) {
    broken_.push_back(std::move(*found));
  } else if (const auto old = std::find_if(given_up_.begin(), given_up_.end(), is_it); old != given_up_.end()) {
    broken_.push_back(std::move(*old));
    given_up_.erase(old);
  }
}

bool UpstreamSockets::has_work() const noexcept {
  return !broken_.empty() || std::any_of(servers_.begin(), servers_.end(),
                                         [](const auto& server) { return server->connections.has_work(); });
}

void UpstreamSockets::flush() noexcept {
  if (!has_work()) return;
  const Tick now = read_tick();
  const auto sockets = std::exchange(broken_, {});
  for (const auto& socket : sockets) receiver_.on_send_error(socket->server->index, socket->id, now);
  for (const auto& server : servers_) {
    if (server->connections.has_work()) server->connections.flush(now);
  }
  if (given_up_.size() > MaxGivenUp) {
    given_up_.erase(given_up_.begin(), given_up_.end() - static_cast<std::ptrdiff_t>(MaxGivenUp));
  }
}

void UpstreamSockets::sweep() noexcept {
  const Tick now = read_tick();
  bool any = false;
  for (auto& server : servers_) {
    for (auto& socket : server->sockets) {
      if (socket && socket->is_worn(now)) give_up(socket);
      any = any || socket != nullptr;
    }
    any = server->connections.sweep(now) || any;
  }
  std::erase_if(given_up_, [&](const auto& socket) { return now - socket->last_ask > ReplyTime; });
  if (!any && given_up_.empty()) sweep_timer_.stop();
}

std::size_t UpstreamSockets::open_sockets(ServerIndex server) const noexcept {
  if (server >= servers_.size()) return 0;
  const auto& of = *servers_[server];
  const auto count = [&](const auto& list) {
    return static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [&](const auto& socket) { return socket && socket->server == &of; }));
  };
  return count(of.sockets) + count(given_up_) + of.connections.open_count();
}

std::size_t UpstreamSockets::open_connections(ServerIndex server) const noexcept {
  return server < servers_.size() ? servers_[server]->connections.open_count() : 0;
}

}  // namespace aven::server
