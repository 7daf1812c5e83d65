// UpstreamStream: one TCP connection to an upstream server, plain or under TLS: questions are pipelined,
// replies come in any order.
// Thread: the worker's.   Lifetime: loop and owner outlive it.
// Memory: what the server has not read is bounded; a reply is at most 64 KiB.
// Fails: is_broken() once it is, for good, and on_broken() tells so, once; the owner may destroy it only
// after that call has returned.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/net_address.h"
#include "base/tick.h"
#include "server/stream_protocol.h"
#include "server/tls_client.h"
#include "upstream/upstream_port.h"
#include "uv/handle.h"
#include "uv/loop.h"

namespace aven::server {

class UpstreamStream final : private StreamProtocol::Listener {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_message(UpstreamStream& stream, std::span<const std::uint8_t> message, Tick now) noexcept = 0;
    virtual void on_ask_failed(UpstreamStream& stream, std::uint16_t id, const std::string& why, Tick now) noexcept = 0;
    virtual void on_handshake(UpstreamStream& stream, bool was_resumed) noexcept = 0;
    virtual void on_broken(UpstreamStream& stream) noexcept = 0;
  };

  // `tls` null: in plain text. Questions may be asked at once; they leave when there is a connection.
  UpstreamStream(uv::Loop& loop, upstream::SocketId id, std::unique_ptr<StreamProtocol> protocol,
                 std::unique_ptr<TlsClient> tls, Owner& owner);
  UpstreamStream(const UpstreamStream&) = delete;
  UpstreamStream& operator=(const UpstreamStream&) = delete;

  void connect(const Endpoint& server) noexcept;
  // For who could not find out where to connect to.
  void give_up(Tick now) noexcept { fail({}, now); }

  // Takes a message, which leaves with the next flush(). False: too much waits, or it is broken.
  bool send(std::span<const std::uint8_t> message, Tick now) noexcept;
  void flush(Tick now) noexcept;
  // Each second: gives up what is not awaited any more.
  void forget_old(Tick now) noexcept;
  // Nothing is awaited: tells the server.
  void say_goodbye() noexcept;

  upstream::SocketId id() const noexcept { return id_; }
  bool is_broken() const noexcept { return is_broken_; }
  // connect() was called; it came to an end.
  bool has_target() const noexcept { return has_target_; }
  bool is_connected() const noexcept { return is_connected_; }
  bool is_leaving() const noexcept { return protocol_->is_leaving(); }
  bool has_room() const noexcept { return protocol_->has_room(); }
  std::size_t unanswered() const noexcept { return protocol_->unanswered(); }
  // Something is awaited and nothing has come for so long that another connection may do better.
  bool is_stalled(Tick now) const noexcept;
  // Nothing was asked for a while, or nothing comes back.
  bool is_over(Tick now) const noexcept;
  // Under TLS, and never got as far as a question.
  bool broke_in_handshake() const noexcept { return is_broken_ && is_connected_ && tls_ && !is_ready_; }
  // Once broken: what an administrator should know of it, or empty.
  const std::string& why() const noexcept { return why_; }

 private:
  struct Write;

  void on_message(std::span<const std::uint8_t> message) noexcept override;
  void on_ask_failed(std::uint16_t id, const std::string& why) noexcept override;

  void on_connected() noexcept;
  void on_octets(std::span<const std::uint8_t> octets, Tick now) noexcept;
  bool take_in(std::span<const std::uint8_t> octets) noexcept;
  void gather_output(Octets& out) noexcept;
  void write(Octets octets) noexcept;
  void fail(std::string why, Tick now) noexcept;

  upstream::SocketId id_;
  Owner& owner_;
  std::unique_ptr<StreamProtocol> protocol_;
  std::unique_ptr<TlsClient> tls_;
  std::string why_;
  Octets text_;  // decrypted, or to be encrypted
  Tick now_{};   // of the call that is under way
  Tick last_progress_{};
  bool has_target_ = false, is_connected_ = false, is_ready_ = false, is_broken_ = false;
  bool is_busy_ = false;  // inside the protocol: nothing is sent from there
  std::array<std::uint8_t, 16384> read_buffer_;
  uv::Handle<uv_tcp_t> handle_;
};

}  // namespace aven::server
