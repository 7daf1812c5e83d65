#include "server/tcp_listener.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace aven::server {
namespace {

using stats::Counter;
using namespace std::chrono_literals;

constexpr std::size_t ReadSize = 16U << 10;
constexpr std::size_t WriteEarly = 64U << 10;  // so much is written before the turn of the loop ends
constexpr int Backlog = 512;
// How long a connection may wait for answers that may never come (dropped queries have none) beyond the idle
// time.
constexpr auto WaitingBonus = 10s;

template <class Getter>
Endpoint name_of(const uv_tcp_t* handle, Getter getter) noexcept {
  sockaddr_storage raw{};
  int length = sizeof raw;
  if (getter(handle, reinterpret_cast<sockaddr*>(&raw), &length) != 0) return {};
  return Endpoint::from_sockaddr(raw);
}

uv_stream_t* stream(uv_tcp_t* handle) noexcept {
  return reinterpret_cast<uv_stream_t*>(handle);
}

}  // namespace

struct TcpListener::Connection {
  TcpListener& owner;
  pipeline::ClientRef ref{};
  Tick last_progress{};  // a whole query came, or octets of answers left
  FrameBuffer in{};
  std::vector<std::uint8_t> out{};  // answers, each behind its length
  std::size_t writing = 0;          // octets in the write under way
  std::size_t write_queue = 0;      // of these, not yet taken by the kernel when last looked at
  std::size_t waiting = 0;          // queries whose answer will come
  bool reading = false, ended = false, marked = false, in_call = false, closed = false;
  uv::Handle<uv_tcp_t> handle{};

  std::size_t unsent() const noexcept { return out.size() + writing; }
};

// A write owns its octets: the connection may be gone before libuv is done with them.
struct TcpListener::Write {
  uv_write_t request{};
  std::vector<std::uint8_t> octets;
};

TcpListener::TcpListener(uv::Loop& loop, FileDescriptor fd, std::uint16_t index, QueryReceiver& receiver,
                         stats::Counters& counters, TcpAdmission& admission, const TcpLimits& limits)
    : loop_(loop),
      index_(index),
      receiver_(receiver),
      counters_(counters),
      admission_(admission),
      limits_(limits),
      read_buffer_(ReadSize),
      idle_timer_(loop, [this] { close_idle(); }) {
  int error = 0;
  handle_ = uv::make<uv_tcp_t>(error, this, uv_tcp_init, loop.get());
  AVEN_CHECK(error == 0);
  AVEN_CHECK(uv_tcp_open(handle_.get(), fd.release()) == 0);
  const auto on_new = [](uv_stream_t* handle, int status) noexcept {
    if (auto* self = static_cast<TcpListener*>(handle->data)) self->on_connection(status);
  };
  AVEN_CHECK(uv_listen(stream(handle_.get()), Backlog, on_new) == 0);
}

TcpListener::~TcpListener() {
  for (auto& slot : slots_) {
    if (slot.connection) close(*slot.connection);
  }
}

void TcpListener::set_limits(const TcpLimits& limits) noexcept {
  limits_ = limits;
  idle_timer_.stop();
  if (open_ > 0) idle_timer_.start(0ms, std::clamp(limits_.idle / 4, 10ms, 1000ms));
}

void TcpListener::stop_accepting() noexcept {
  handle_.reset();
}

void TcpListener::on_connection(int status) noexcept {
  if (status < 0) return;
  int error = 0;
  auto handle = uv::make<uv_tcp_t>(error, nullptr, uv_tcp_init, loop_.get());
  if (error != 0 || uv_accept(stream(handle_.get()), stream(handle.get())) != 0) return;
  const auto peer = name_of(handle.get(), uv_tcp_getpeername);
  const auto local = name_of(handle.get(), uv_tcp_getsockname);
  if (peer.port == 0) return;  // gone already
  auto admitted = admission_.admit(peer.address, limits_);
  if (admitted == TcpAdmission::Result::TooMany && make_room()) admitted = admission_.admit(peer.address, limits_);
  if (admitted != TcpAdmission::Result::Admitted) return counters_.add(Counter::tcp_refused);
  counters_.add(Counter::tcp_connections);
  open(std::move(handle), peer, local.address);
}

// Closes the connection that has had nothing to do for longest: idle ones must not shut out those that ask.
bool TcpListener::make_room() noexcept {
  Connection* idlest = nullptr;
  for (const auto& slot : slots_) {
    auto* connection = slot.connection.get();
    if (connection == nullptr || connection->waiting > 0 || connection->unsent() > 0 || connection->in_call) continue;
    if (idlest == nullptr || connection->last_progress < idlest->last_progress) idlest = connection;
  }
  if (idlest != nullptr) close(*idlest);
  return idlest != nullptr;
}

void TcpListener::open(uv::Handle<uv_tcp_t> handle, const Endpoint& peer, const IpAddress& local) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto number = free_slots_.back();
  free_slots_.pop_back();
  auto& slot = slots_[number];
  slot.connection = std::make_unique<Connection>(*this);
  auto& connection = *slot.connection;
  connection.ref.transport = pipeline::ClientTransport::Tcp;
  connection.ref.listener = index_;
  connection.ref.slot = number;
  connection.ref.slot_generation = slot.generation;
  connection.ref.peer = peer;
  connection.ref.local = local;
  connection.last_progress = read_tick();
  connection.handle = std::move(handle);
  connection.handle->data = &connection;
  uv_tcp_nodelay(connection.handle.get(), 1);
  if (++open_ == 1) set_limits(limits_);
  settle(connection);
}

TcpListener::Connection* TcpListener::find(const pipeline::ClientRef& client) noexcept {
  if (client.slot >= slots_.size()) return nullptr;
  const auto& slot = slots_[client.slot];
  if (slot.generation != client.slot_generation || !slot.connection || slot.connection->closed) return nullptr;
  return slot.connection.get();
}

void TcpListener::on_read(Connection& connection, std::span<const std::uint8_t> octets) noexcept {
  connection.in.append(octets);
  take_queries(connection);
}

// The client sends no more; what it asked is still answered.
void TcpListener::on_end(Connection& connection) noexcept {
  connection.ended = true;
  settle(connection);
}

bool TcpListener::may_take(const Connection& connection) const noexcept {
  return !connection.closed && connection.waiting < limits_.pipelined &&
         connection.unsent() <= limits_.unsent_bytes / 2;
}

void TcpListener::take_queries(Connection& connection) noexcept {
  connection.in_call = true;
  while (may_take(connection)) {
    const auto message = connection.in.next();
    if (!message) break;
    const Tick now = read_tick();
    connection.last_progress = now;
    if (receiver_.on_query(connection.ref, *message, now)) ++connection.waiting;
  }
  connection.in_call = false;
  if (connection.closed) return close(connection);
  settle(connection);
}

bool TcpListener::send(const pipeline::ClientRef& client, std::span<const std::uint8_t> answer) noexcept {
  auto* connection = find(client);
  if (connection == nullptr) return false;
  if (!connection->in_call && connection->waiting > 0) --connection->waiting;
  if (connection->unsent() + answer.size() + 2 > limits_.unsent_bytes) {
    close(*connection);  // it reads too slowly
    return false;
  }
  auto& out = connection->out;
  out.push_back(static_cast<std::uint8_t>(answer.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(answer.size()));
  out.insert(out.end(), answer.begin(), answer.end());
  mark(*connection);
  if (out.size() >= WriteEarly) write(*connection);
  return find(client) != nullptr;
}

void TcpListener::drop(const pipeline::ClientRef& client) noexcept {
  if (auto* connection = find(client)) close(*connection);
}

void TcpListener::mark(Connection& connection) noexcept {
  if (connection.marked) return;
  connection.marked = true;
  marked_.push_back(connection.ref);
}

void TcpListener::flush() noexcept {
  while (!marked_.empty()) {
    auto* connection = find(marked_.back());
    marked_.pop_back();
    if (connection == nullptr) continue;
    connection->marked = false;
    const auto ref = connection->ref;
    write(*connection);
    if (find(ref) != nullptr) take_queries(*connection);
  }
}

void TcpListener::write(Connection& connection) noexcept {
  if (connection.writing > 0 || connection.out.empty()) return;
  auto& out = connection.out;
  auto part = uv_buf_init(reinterpret_cast<char*>(out.data()), static_cast<unsigned>(out.size()));
  const int sent = uv_try_write(stream(connection.handle.get()), &part, 1);
  if (sent < 0 && sent != UV_EAGAIN) return close(connection);
  if (sent > 0) connection.last_progress = read_tick();
  if (sent == static_cast<int>(out.size())) {
    if (out.capacity() > WriteEarly) out = {};
    return out.clear();
  }
  auto owned = std::make_unique<Write>();
  owned->octets.assign(out.begin() + std::max(sent, 0), out.end());
  out = {};
  connection.writing = owned->octets.size();
  part = uv_buf_init(reinterpret_cast<char*>(owned->octets.data()), static_cast<unsigned>(owned->octets.size()));
  owned->request.data = owned.get();
  const auto on_done = [](uv_write_t* request, int status) noexcept {
    const std::unique_ptr<Write> done{static_cast<Write*>(request->data)};
    if (auto* of = static_cast<Connection*>(request->handle->data)) of->owner.on_written(*of, status);
  };
  if (uv_write(&owned->request, stream(connection.handle.get()), &part, 1, on_done) != 0) return close(connection);
  static_cast<void>(owned.release());  // libuv calls back, also when the handle is closed
}

void TcpListener::on_written(Connection& connection, int status) noexcept {
  connection.writing = 0;
  if (status < 0) return close(connection);
  connection.last_progress = read_tick();
  mark(connection);
  flush();
}

// Reads while there is room for more, closes when all is done.
void TcpListener::settle(Connection& connection) noexcept {
  const bool full = !may_take(connection) || connection.in.has_message();
  if (connection.ended && !full && connection.waiting == 0 && connection.unsent() == 0) return close(connection);
  const bool read = !full && !connection.ended;
  if (read == connection.reading) return;
  connection.reading = read;
  if (!read) {
    uv_read_stop(stream(connection.handle.get()));
    return;
  }
  const auto on_alloc = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
    auto* self = static_cast<Connection*>(handle->data);
    if (self == nullptr) return;
    auto& shared = self->owner.read_buffer_;
    *buffer = uv_buf_init(reinterpret_cast<char*>(shared.data()), static_cast<unsigned>(shared.size()));
  };
  const auto on_octets = [](uv_stream_t* handle, ssize_t size, const uv_buf_t*) noexcept {
    auto* self = static_cast<Connection*>(handle->data);
    if (self == nullptr || size == 0) return;
    auto& owner = self->owner;
    if (size == UV_EOF) return owner.on_end(*self);
    if (size < 0) return owner.close(*self);
    owner.on_read(*self, std::span{owner.read_buffer_}.first(static_cast<std::size_t>(size)));
  };
  if (uv_read_start(stream(connection.handle.get()), on_alloc, on_octets) != 0) close(connection);
}

void TcpListener::close(Connection& connection) noexcept {
  auto& slot = slots_[connection.ref.slot];
  if (!connection.closed) {
    connection.closed = true;
    connection.handle.reset();
    ++slot.generation;
    admission_.release(connection.ref.peer.address);
    if (--open_ == 0) idle_timer_.stop();
  }
  if (connection.in_call) return;  // the message that is being worked on lies in its buffer
  free_slots_.push_back(connection.ref.slot);
  slot.connection.reset();
}

void TcpListener::close_idle() noexcept {
  const Tick now = read_tick();
  for (auto& slot : slots_) {
    auto* connection = slot.connection.get();
    if (connection == nullptr || connection->in_call) continue;
    const auto queue = uv_stream_get_write_queue_size(stream(connection->handle.get()));
    if (std::exchange(connection->write_queue, queue) > queue) connection->last_progress = now;
    const Duration allowed = connection->waiting > 0 ? limits_.idle + WaitingBonus : Duration{limits_.idle};
    if (now - connection->last_progress > allowed) close(*connection);
  }
}

}  // namespace aven::server
