// UdpSocket: one listening UDP socket of one worker: datagrams come in batches and answers leave in
// batches, from the address that was asked (RFC 2181 section 4.1). Nobody else knows how (uv_poll,
// recvmmsg, sendmmsg, IP_PKTINFO).
// Thread: the worker's.   Lifetime: the loop, the receiver and the counters outlive it.
// Memory: fixed buffers, nothing is allocated per datagram.
// Fails: never; what the kernel does not take is counted (send_errors), and so is what it dropped
// (kernel_drops).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/socket.h>

#include "base/net_address.h"
#include "base/tick.h"
#include "dns/wire.h"
#include "pipeline/client_port.h"
#include "server/file_descriptor.h"
#include "server/query_receiver.h"
#include "stats/counters.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::server {

class UdpSocket {
 public:
  static constexpr std::size_t BatchSize = 64;

  // `fd` comes from bind_udp for `bound`. `index` goes into ClientRef::listener.
  UdpSocket(uv::Loop& loop, FileDescriptor fd, const Endpoint& bound, std::uint16_t index, QueryReceiver& receiver,
            stats::Counters& counters);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  // Queues an answer. It leaves with the batch, or by flush().
  void send(const pipeline::ClientRef& client, std::span<const std::uint8_t> answer) noexcept;
  void flush() noexcept;
  // Takes what has arrived, then receives no more; answers still leave.
  void stop_receiving() noexcept;

 private:
  struct Buffers;

  void on_ready(int status, int events) noexcept;
  bool receive_batch() noexcept;
  void on_datagram(std::size_t index, unsigned size, Tick now) noexcept;
  void read_control(msghdr& header, pipeline::ClientRef& client) noexcept;
  void count_kernel_drops(std::uint32_t total) noexcept;
  void write_control(msghdr& header, const pipeline::ClientRef& client) const noexcept;
  void send_run(std::size_t first, std::size_t count, std::size_t& taken, bool& full) noexcept;
  void poll() noexcept;

  std::unique_ptr<Buffers> buffers_;
  Endpoint bound_;
  bool wildcard_;
  std::uint16_t index_;
  QueryReceiver& receiver_;
  stats::Counters& counters_;
  std::uint32_t kernel_drops_ = 0;
  std::size_t head_ = 0, queued_ = 0;  // the ring of answers that wait to leave
  bool receiving_ = true, blocked_ = false;
  FileDescriptor fd_;
  uv::Handle<uv_poll_t> poll_;
};

}  // namespace aven::server
