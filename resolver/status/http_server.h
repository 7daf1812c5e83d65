// HttpServer: the status page and the API over HTTP/1.1 on a thread of its own (libmicrohttpd). Reads only; GET and
// HEAD only; loopback only, and only for requests that name a loopback host (against DNS rebinding).
// Thread: made and destroyed by one thread; the Api runs on the HTTP thread.
// Lifetime: the destructor ends the thread and closes every connection; the board must live until then.
// Fails: start() with one sentence; DNS goes on without a page.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/expected.h"
#include "base/net_address.h"
#include "status/api.h"

namespace aven::status {

// Why a page may not be served at this address; empty: it may.
std::string refusal_of(const Endpoint& listen);

// Does the Host header name this machine by loopback, or `own`? The port does not matter.
bool is_own_host(std::string_view host, const IpAddress& own) noexcept;

class HttpServer {
  struct Impl;
  struct Key {  // only start() makes one
    explicit Key() = default;
  };

 public:
  HttpServer(Key, std::unique_ptr<Impl> impl);
  static Expected<std::unique_ptr<HttpServer>, std::string> start(const Endpoint& listen, Board& board,
                                                                  ApiOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  const Endpoint& address() const noexcept;  // the port filled in

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::status
