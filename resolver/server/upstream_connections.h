// UpstreamConnections: a worker's connections to one upstream server over TCP, TLS or HTTPS. One is kept and
// carries all questions; another is opened when it is full, when nothing comes back on it, or when the
// server leaves it.   SocketIds: numbers for sockets and connections, never the same for two that are open.
// Thread: the worker's.   Lifetime: loop, numbers and receiver outlive it.
// Fails: send() by NoSocket. What breaks later is told of by flush(), never from inside send(). A server
// that cannot be trusted (TLS, certificate) is not tried again for a second, and told of in words when that
// changes; there is no plain text instead.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/tick.h"
#include "server/reply_receiver.h"
#include "server/tls_context.h"
#include "server/upstream_stream.h"
#include "upstream/upstream_set.h"
#include "uv/loop.h"

namespace aven::server {

class NameLookup;

class SocketIds {
 public:
  upstream::SocketId next() noexcept {
    if (++last_ == upstream::NoSocket) ++last_;
    return last_;
  }

 private:
  upstream::SocketId last_ = upstream::NoSocket;
};

class UpstreamConnections final : private UpstreamStream::Owner {
 public:
  static constexpr std::size_t MaxTaking = 4;  // connections that take questions
  static constexpr std::size_t MaxOpen = 8;    // with those that are only waited for

  UpstreamConnections(uv::Loop& loop, SocketIds& ids, RandomSource& random, ReplyReceiver& receiver,
                      upstream::Server server);
  ~UpstreamConnections() override;
  UpstreamConnections(const UpstreamConnections&) = delete;
  UpstreamConnections& operator=(const UpstreamConnections&) = delete;

  // What the receiver calls the server from now, and whom we believe; null: nobody, and an encrypted server
  // is not asked.
  void use(upstream::ServerIndex index, TlsContextPtr tls) noexcept;

  upstream::SocketId send(std::span<const std::uint8_t> message, Tick now) noexcept;
  // Sends what send() took and tells the receiver of what broke. Before each wait of the loop, until
  // has_work() is false.
  void flush(Tick now) noexcept;
  bool has_work() const noexcept { return has_work_; }
  // Each second. False: nothing is open and nothing is to be told.
  bool sweep(Tick now) noexcept;

  std::size_t open_count() const noexcept { return streams_.size(); }

 private:
  void on_message(UpstreamStream& stream, std::span<const std::uint8_t> message, Tick now) noexcept override;
  void on_ask_failed(UpstreamStream& stream, std::uint16_t id, const std::string& why, Tick now) noexcept override;
  void on_handshake(UpstreamStream& stream, bool was_resumed) noexcept override;
  void on_broken(UpstreamStream& stream) noexcept override;

  UpstreamStream* choose(Tick now) noexcept;
  UpstreamStream* open(Tick now) noexcept;
  std::unique_ptr<StreamProtocol> make_protocol() const;
  void connect(UpstreamStream& stream, Tick now) noexcept;
  void on_looked_up(Tick now) noexcept;
  void close_broken(Tick now) noexcept;
  void note_trouble(const UpstreamStream& broken, Tick now) noexcept;
  void tell(const std::string& trouble, Tick now) noexcept;

  uv::Loop& loop_;
  SocketIds& ids_;
  ReplyReceiver& receiver_;
  upstream::Server server_;
  upstream::ServerIndex index_ = 0;
  TlsContextPtr tls_;
  TlsSessions sessions_;  // before the streams, which use it
  Octets padded_;
  std::string trouble_;  // as told; empty: none
  Tick told_ = Tick::min();
  Tick last_trouble_ = Tick::min(), last_message_ = Tick::min();
  Tick no_try_before_ = Tick::min();
  unsigned closed_in_handshake_ = 0;  // in a row
  bool has_work_ = false;
  std::size_t address_ = 0;                               // which of the looked-up ones is tried next
  std::vector<std::unique_ptr<UpstreamStream>> streams_;  // oldest first
  std::unique_ptr<NameLookup> lookup_;                    // of a server known by name alone
};

}  // namespace aven::server
