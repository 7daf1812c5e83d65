#include "server/upstream_stream.h"

#include <chrono>
#include <memory>
#include <netinet/tcp.h>
#include <vector>

namespace aven::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t MaxUnsent = 256U << 10;
constexpr auto IdleTime = 10s;
constexpr auto ReplyTime = 6s;       // longer than the forwarder waits for any answer
constexpr int UserTimeoutMs = 3000;  // the kernel gives up what is not acknowledged, a first SYN included

uv_stream_t* stream(uv_tcp_t* handle) noexcept {
  return reinterpret_cast<uv_stream_t*>(handle);
}

}  // namespace

// A write owns its octets: the connection may be gone before libuv is done with them.
struct UpstreamStream::Write {
  uv_write_t request{};
  std::vector<std::uint8_t> octets;
};

UpstreamStream::UpstreamStream(uv::Loop& loop, const Endpoint& server, upstream::SocketId id, Owner& owner)
    : id_(id), owner_(owner) {
  int error = 0;
  const unsigned family = server.address.is_v4() ? AF_INET : AF_INET6;
  handle_ = uv::make<uv_tcp_t>(error, this, uv_tcp_init_ex, loop.get(), family);
  if (handle_)
    connect(server);
  else
    broken_ = true;
}

void UpstreamStream::connect(const Endpoint& server) noexcept {
  uv_tcp_nodelay(handle_.get(), 1);
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(handle_.get()), &fd) == 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &UserTimeoutMs, sizeof UserTimeoutMs);
  }
  sockaddr_storage raw{};
  server.to_sockaddr(raw);
  const auto on_connected = [](uv_connect_t* request, int status) noexcept {
    auto* self = static_cast<UpstreamStream*>(request->handle->data);
    if (self == nullptr) return;
    if (status < 0)
      self->fail();
    else
      self->start_reading();
  };
  if (uv_tcp_connect(&connecting_, handle_.get(), reinterpret_cast<const sockaddr*>(&raw), on_connected) != 0) {
    broken_ = true;
  }
}

void UpstreamStream::start_reading() noexcept {
  const auto on_alloc = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
    if (auto* self = static_cast<UpstreamStream*>(handle->data)) {
      auto& mine = self->read_buffer_;
      *buffer = uv_buf_init(reinterpret_cast<char*>(mine.data()), static_cast<unsigned>(mine.size()));
    }
  };
  const auto on_read = [](uv_stream_t* handle, ssize_t size, const uv_buf_t*) noexcept {
    auto* self = static_cast<UpstreamStream*>(handle->data);
    if (self == nullptr || size == 0) return;
    if (size < 0) return self->fail();
    self->on_octets(std::span{self->read_buffer_}.first(static_cast<std::size_t>(size)));
  };
  if (uv_read_start(stream(handle_.get()), on_alloc, on_read) != 0) fail();
}

void UpstreamStream::on_octets(std::span<const std::uint8_t> octets) noexcept {
  in_.append(octets);
  const Tick now = read_tick();
  while (!broken_) {
    const auto message = in_.next();
    if (!message) return;
    last_progress_ = now;
    if (unanswered_ > 0) --unanswered_;
    owner_.on_message(*this, *message, now);
  }
}

bool UpstreamStream::send(std::span<const std::uint8_t> message, Tick now) noexcept {
  if (broken_ || uv_stream_get_write_queue_size(stream(handle_.get())) > MaxUnsent) return false;
  auto owned = std::make_unique<Write>();
  owned->octets.reserve(message.size() + 2);
  owned->octets.push_back(static_cast<std::uint8_t>(message.size() >> 8));
  owned->octets.push_back(static_cast<std::uint8_t>(message.size()));
  owned->octets.insert(owned->octets.end(), message.begin(), message.end());
  owned->request.data = owned.get();
  const auto part =
      uv_buf_init(reinterpret_cast<char*>(owned->octets.data()), static_cast<unsigned>(owned->octets.size()));
  const auto on_done = [](uv_write_t* request, int status) noexcept {
    const std::unique_ptr<Write> done{static_cast<Write*>(request->data)};
    auto* self = static_cast<UpstreamStream*>(request->handle->data);
    if (self != nullptr && status < 0) self->fail();
  };
  if (uv_write(&owned->request, stream(handle_.get()), &part, 1, on_done) != 0) {
    fail();
    return false;
  }
  static_cast<void>(owned.release());  // libuv calls back, also when the handle is closed
  if (unanswered_++ == 0) last_progress_ = now;
  return true;
}

bool UpstreamStream::is_over(Tick now) const noexcept {
  return now - last_progress_ > (has_unanswered() ? Duration{ReplyTime} : Duration{IdleTime});
}

void UpstreamStream::fail() noexcept {
  if (broken_) return;
  broken_ = true;
  owner_.on_broken(*this);
}

}  // namespace aven::server
