// UpstreamStream: one TCP connection to an upstream server: questions are pipelined, replies come in any
// order.
// Thread: the worker's.   Lifetime: loop and owner outlive it.
// Memory: what the server has not read is bounded; a reply is at most 64 KiB.
// Fails: by on_broken(), once, from a callback or from inside send(); the owner may destroy it only after
// that call has returned.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/net_address.h"
#include "base/tick.h"
#include "server/frame_buffer.h"
#include "upstream/upstream_port.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::server {

class UpstreamStream {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_message(UpstreamStream& stream, std::span<const std::uint8_t> message, Tick now) noexcept = 0;
    virtual void on_broken(UpstreamStream& stream) noexcept = 0;
  };

  // Starts to connect; send() may be called at once.
  UpstreamStream(uv::Loop& loop, const Endpoint& server, upstream::SocketId id, Owner& owner);
  UpstreamStream(const UpstreamStream&) = delete;
  UpstreamStream& operator=(const UpstreamStream&) = delete;

  // False: too much waits to be sent, or it is broken.
  bool send(std::span<const std::uint8_t> message, Tick now) noexcept;
  upstream::SocketId id() const noexcept { return id_; }
  bool has_unanswered() const noexcept { return unanswered_ > 0; }
  // Nothing was asked for a while, or nothing comes back.
  bool is_over(Tick now) const noexcept;

 private:
  struct Write;

  void connect(const Endpoint& server) noexcept;
  void start_reading() noexcept;
  void on_octets(std::span<const std::uint8_t> octets) noexcept;
  void fail() noexcept;

  upstream::SocketId id_;
  Owner& owner_;
  FrameBuffer in_;
  std::size_t unanswered_ = 0;
  Tick last_progress_{};
  bool broken_ = false;
  uv_connect_t connecting_{};
  std::array<std::uint8_t, 16384> read_buffer_;
  uv::Handle<uv_tcp_t> handle_;
};

}  // namespace aven::server
