// TcpListener: one listening TCP socket of one worker and its connections (RFC 7766): queries are
// pipelined, answers leave in the order in which they are ready, length and message in one write, many
// answers in one write.
// Thread: the worker's.   Lifetime: loop, receiver, counters and admission outlive it.
// Memory: bounded per connection by TcpLimits (queries that wait, answers that the client has not read).
// Fails: never; a connection that breaks, idles, reads too slowly or is over a limit is closed, no other
// notices.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/net_address.h"
#include "base/tick.h"
#include "pipeline/client_port.h"
#include "server/file_descriptor.h"
#include "server/frame_buffer.h"
#include "server/limits.h"
#include "server/query_receiver.h"
#include "server/tcp_admission.h"
#include "stats/counters.h"
#include "uv/handle.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace aven::server {

class TcpListener {
 public:
  // `fd` is bound and listens. `index` goes into ClientRef::listener.
  TcpListener(uv::Loop& loop, FileDescriptor fd, std::uint16_t index, QueryReceiver& receiver,
              stats::Counters& counters, TcpAdmission& admission, const TcpLimits& limits);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // Queues an answer for flush(). False: the connection is gone.
  bool send(const pipeline::ClientRef& client, std::span<const std::uint8_t> answer) noexcept;
  // Closes the connection (rule action `drop`).
  void drop(const pipeline::ClientRef& client) noexcept;
  // Writes what has been queued and takes queries that waited for room. Before each wait of the loop.
  void flush() noexcept;

  void set_limits(const TcpLimits& limits) noexcept;
  void stop_accepting() noexcept;
  std::size_t connection_count() const noexcept { return open_; }

 private:
  struct Connection;
  struct Write;
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };

  void on_connection(int status) noexcept;
  bool make_room() noexcept;
  void open(uv::Handle<uv_tcp_t> handle, const Endpoint& peer, const IpAddress& local);
  Connection* find(const pipeline::ClientRef& client) noexcept;

  void on_read(Connection& connection, std::span<const std::uint8_t> octets) noexcept;
  void on_end(Connection& connection) noexcept;
  void take_queries(Connection& connection) noexcept;
  void write(Connection& connection) noexcept;
  void on_written(Connection& connection, int status) noexcept;
  void settle(Connection& connection) noexcept;
  void mark(Connection& connection) noexcept;
  void close(Connection& connection) noexcept;
  void close_idle() noexcept;
  bool may_take(const Connection& connection) const noexcept;

  uv::Loop& loop_;
  std::uint16_t index_;
  QueryReceiver& receiver_;
  stats::Counters& counters_;
  TcpAdmission& admission_;
  TcpLimits limits_;
  std::vector<std::uint8_t> read_buffer_;  // used during one read call only
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<pipeline::ClientRef> marked_;  // connections that flush() looks at
  std::size_t open_ = 0;
  uv::Timer idle_timer_;
  uv::Handle<uv_tcp_t> handle_;
};

}  // namespace aven::server
