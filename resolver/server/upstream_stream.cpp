#include "server/upstream_stream.h"

#include <chrono>
#include <netinet/tcp.h>
#include <utility>

namespace aven::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t MaxUnsent = 256U << 10;
constexpr auto PlainIdleTime = 10s;
constexpr auto TlsIdleTime = 30s;    // a handshake costs more than a connection that waits
constexpr auto ReplyTime = 6s;       // longer than the forwarder waits for any answer
constexpr auto SlowConnection = 1s;  // while there is no connection yet
constexpr auto SlowReply = 300ms;    // an ask that is tried again then leaves by another connection
constexpr int UserTimeoutMs = 3000;  // the kernel gives up what is not acknowledged, a first SYN included

uv_stream_t* stream(uv_tcp_t* handle) noexcept {
  return reinterpret_cast<uv_stream_t*>(handle);
}

}  // namespace

// A write owns its octets: the connection may be gone before libuv is done with them.
struct UpstreamStream::Write {
  uv_write_t request{};
  Octets octets;
};

UpstreamStream::UpstreamStream(uv::Loop& loop, upstream::SocketId id, std::unique_ptr<StreamProtocol> protocol,
                               std::unique_ptr<TlsClient> tls, Owner& owner)
    : id_(id), owner_(owner), protocol_(std::move(protocol)), tls_(std::move(tls)) {
  protocol_->attach(*this);
  int error = 0;
  handle_ = uv::make<uv_tcp_t>(error, this, uv_tcp_init, loop.get());
  is_broken_ = !handle_;
}

void UpstreamStream::connect(const Endpoint& server) noexcept {
  if (is_broken_) return;
  has_target_ = true;
  sockaddr_storage raw{};
  server.to_sockaddr(raw);
  const auto on_connect = [](uv_connect_t* request, int status) noexcept {
    const std::unique_ptr<uv_connect_t> done{request};
    auto* self = static_cast<UpstreamStream*>(request->handle->data);
    if (self == nullptr) return;
    if (status < 0) return self->fail({}, read_tick());
    self->on_connected();
  };
  auto request = std::make_unique<uv_connect_t>();
  if (uv_tcp_connect(request.get(), handle_.get(), reinterpret_cast<const sockaddr*>(&raw), on_connect) != 0) {
    return fail({}, now_);
  }
  static_cast<void>(request.release());  // libuv calls back, also when the handle is closed
  uv_tcp_nodelay(handle_.get(), 1);
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(handle_.get()), &fd) == 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &UserTimeoutMs, sizeof UserTimeoutMs);
  }
}

void UpstreamStream::on_connected() noexcept {
  is_connected_ = true;
  const auto on_alloc = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
    if (auto* self = static_cast<UpstreamStream*>(handle->data)) {
      auto& mine = self->read_buffer_;
      *buffer = uv_buf_init(reinterpret_cast<char*>(mine.data()), static_cast<unsigned>(mine.size()));
    }
  };
  const auto on_read = [](uv_stream_t* handle, ssize_t size, const uv_buf_t*) noexcept {
    auto* self = static_cast<UpstreamStream*>(handle->data);
    if (self == nullptr || size == 0) return;
    if (size < 0) return self->fail({}, read_tick());
    self->on_octets(std::span{self->read_buffer_}.first(static_cast<std::size_t>(size)), read_tick());
  };
  const Tick now = read_tick();
  if (uv_read_start(stream(handle_.get()), on_alloc, on_read) != 0) return fail({}, now);
  if (tls_) tls_->start();
  is_ready_ = !tls_;
  flush(now);
}

void UpstreamStream::on_octets(std::span<const std::uint8_t> octets, Tick now) noexcept {
  if (is_broken_) return;
  now_ = now;
  is_busy_ = true;
  const bool is_good = take_in(octets);
  is_busy_ = false;
  flush(now);  // also an alert for the server, or our last words
  if (!is_good) return fail(tls_ && !tls_->why().empty() ? tls_->why() : protocol_->why(), now);
  if (protocol_->is_finished()) fail(protocol_->why(), now);
}

// False: it ends here.
bool UpstreamStream::take_in(std::span<const std::uint8_t> octets) noexcept {
  if (!tls_) return protocol_->receive(octets);
  text_.clear();
  tls_->receive(octets, text_, now_);
  if (!is_ready_ && tls_->state() == TlsClient::State::Ready) {
    is_ready_ = true;
    last_progress_ = now_;
    owner_.on_handshake(*this, tls_->was_resumed());
  }
  const bool is_good = text_.empty() || protocol_->receive(text_);
  return is_good && (tls_->state() == TlsClient::State::Handshake || tls_->state() == TlsClient::State::Ready);
}

void UpstreamStream::on_message(std::span<const std::uint8_t> message) noexcept {
  last_progress_ = now_;
  owner_.on_message(*this, message, now_);
}

void UpstreamStream::on_ask_failed(std::uint16_t id, const std::string& why) noexcept {
  last_progress_ = now_;
  owner_.on_ask_failed(*this, id, why, now_);
}

bool UpstreamStream::send(std::span<const std::uint8_t> message, Tick now) noexcept {
  const bool was_idle = protocol_->unanswered() == 0;
  if (is_broken_ || !protocol_->ask(message, now)) return false;
  if (was_idle) last_progress_ = now;
  return true;
}

void UpstreamStream::flush(Tick now) noexcept {
  if (is_broken_ || !is_connected_ || is_busy_) return;
  if (uv_stream_get_write_queue_size(stream(handle_.get())) > MaxUnsent) return;
  now_ = now;
  is_busy_ = true;
  Octets out;
  gather_output(out);
  is_busy_ = false;
  if (!out.empty()) write(std::move(out));
  if (tls_ && tls_->state() == TlsClient::State::Failed) fail(tls_->why(), now);
}

void UpstreamStream::gather_output(Octets& out) noexcept {
  if (!tls_) return protocol_->take_output(out);
  if (tls_->state() == TlsClient::State::Ready) {
    text_.clear();
    protocol_->take_output(text_);
    tls_->write(text_);
  }
  tls_->take_output(out);
}

void UpstreamStream::write(Octets octets) noexcept {
  auto owned = std::make_unique<Write>();
  owned->octets = std::move(octets);
  owned->request.data = owned.get();
  const auto part =
      uv_buf_init(reinterpret_cast<char*>(owned->octets.data()), static_cast<unsigned>(owned->octets.size()));
  const auto on_done = [](uv_write_t* request, int status) noexcept {
    const std::unique_ptr<Write> done{static_cast<Write*>(request->data)};
    auto* self = static_cast<UpstreamStream*>(request->handle->data);
    if (self == nullptr) return;
    const Tick now = read_tick();
    if (status < 0) return self->fail({}, now);
    self->flush(now);  // what waited because the server did not read
  };
  if (uv_write(&owned->request, stream(handle_.get()), &part, 1, on_done) != 0) return fail({}, read_tick());
  static_cast<void>(owned.release());  // libuv calls back, also when the handle is closed
}

void UpstreamStream::forget_old(Tick now) noexcept {
  now_ = now;
  protocol_->forget_before(now - ReplyTime);
}

void UpstreamStream::say_goodbye() noexcept {
  if (is_broken_ || !tls_ || !is_ready_) return;
  tls_->close();
  Octets out;
  tls_->take_output(out);
  if (!out.empty()) write(std::move(out));
}

bool UpstreamStream::is_stalled(Tick now) const noexcept {
  return unanswered() > 0 && now - last_progress_ > (is_ready_ ? Duration{SlowReply} : Duration{SlowConnection});
}

bool UpstreamStream::is_over(Tick now) const noexcept {
  if (unanswered() > 0) return now - last_progress_ > ReplyTime;
  return is_leaving() || now - last_progress_ > (tls_ ? Duration{TlsIdleTime} : Duration{PlainIdleTime});
}

void UpstreamStream::fail(std::string why, Tick now) noexcept {
  if (is_broken_) return;
  now_ = now;
  is_broken_ = true;
  why_ = std::move(why);
  owner_.on_broken(*this);
}

}  // namespace aven::server
