// TlsClient: our side of one TLS connection without the socket: octets of the network go in and out, and
// between them the text. The server must show a valid certificate for its name; there is no way round that.
// TlsSessions: sessions of one server, to be taken up again by a shorter handshake.
// Thread: the worker's.   Lifetime: the sessions outlive it.
// Fails: by State::Failed; why() says it in words for the administrator.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>

#include "base/tick.h"
#include "server/stream_protocol.h"
#include "server/tls_context.h"

namespace aven::server {

class TlsSessions {
 public:
  static constexpr std::size_t Kept = 4;
  // A session stands for a certificate that was verified then; after this time it is looked at again.
  static constexpr auto MostAge = std::chrono::hours{1};

  struct Session {
    TlsPtr<SSL_SESSION> session;
    Tick verified{};
  };
  void keep(Session session);
  // The newest one that may still be used. One of TLS 1.3 is used once (RFC 8446 appendix C.4).
  std::optional<Session> take(Tick now);
  void clear() noexcept { sessions_.clear(); }

 private:
  std::deque<Session> sessions_;
};

class TlsClient {
 public:
  enum class State : std::uint8_t { Handshake, Ready, Closed, Failed };

  // `name`: a host name or an address, which the certificate must be for. `alpn`: the protocol that is
  // wanted, "dot" or "h2"; with `alpn_required` the server must agree in words.
  TlsClient(const TlsContext& context, const std::string& name, std::string_view alpn, bool alpn_required,
            TlsSessions& sessions, Tick now);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // The first octets of the handshake.
  void start() noexcept;
  // Octets of the network; what they say is appended to `text`.
  void receive(std::span<const std::uint8_t> octets, Octets& text, Tick now) noexcept;
  // Only in State::Ready.
  void write(std::span<const std::uint8_t> text) noexcept;
  // Tells the server that we close.
  void close() noexcept;
  // Appends what is to be sent; also an alert after a failure.
  void take_output(Octets& out) noexcept;

  State state() const noexcept { return state_; }
  const std::string& why() const noexcept { return why_; }
  // The handshake was a short one.
  bool was_resumed() const noexcept { return SSL_session_reused(connection_.get()) == 1; }

  // Called by OpenSSL.
  static int on_session(SSL* connection, SSL_SESSION* session) noexcept;
  static int on_certificate(int good, X509_STORE_CTX* check) noexcept;

 private:
  void set_name(const std::string& name);
  void set_alpn(std::string_view alpn);
  void shake_hands(Tick now) noexcept;
  void read(Octets& text) noexcept;
  void fail_by_error();
  void fail(std::string why);

  std::string name_;
  bool alpn_required_;
  TlsSessions& sessions_;
  State state_ = State::Handshake;
  std::string why_;
  Tick verified_{};  // when the certificate was looked at, by this connection or an earlier one
  TlsPtr<SSL> connection_;
  BIO* in_;   // the connection's
  BIO* out_;  // the connection's
};

}  // namespace aven::server
