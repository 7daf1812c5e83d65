// HttpServer: the status page and the API over HTTP/1.1, with or without TLS, on a thread of its own (libmicrohttpd).
// Bounded in connections, header, body, silence and time per request; what may be done is the Gate's matter.
// Thread: made and destroyed by one thread; the Api runs on the HTTP thread. set_secrets() and end_slow(): any.
// Lifetime: the destructor ends the thread and closes every connection; the board must live until then.
// Fails: start() with one sentence; DNS goes on without a page.
#pragma once

#include <memory>
#include <string>

#include "base/expected.h"
#include "base/net_address.h"
#include "status/api.h"
#include "status/gate.h"

namespace aven::status {

struct HttpOptions {
  Endpoint listen;
  std::string certificate, key;  // PEM; empty: no TLS
  GateOptions gate;              // `own` and `encrypted` are filled in
};

class HttpServer {
  struct Impl;
  struct Key {  // only start() makes one
    explicit Key() = default;
  };

 public:
  HttpServer(Key, std::unique_ptr<Impl> impl);
  static Expected<std::unique_ptr<HttpServer>, std::string> start(HttpOptions options, Board& board, ApiOptions api);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const Endpoint& address() const noexcept;  // the port filled in
  void set_secrets(Secrets secrets);
  // Ends connections whose request takes too long; call it each second.
  void end_slow(Tick now);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::status
