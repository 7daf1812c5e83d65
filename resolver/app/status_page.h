// StatusPage: the status page of `serve`: takes the figures each second, and serves them if the configuration
// says where.
// Thread: control's; the HTTP thread reads the board alone.
// Lifetime: made before the server that it shows and destroyed after it.
// Fails: a page that cannot be served is a warning in the log; DNS goes on without it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "server/server.h"
#include "status/board.h"
#include "status/http_server.h"

namespace aven::app {

class StatusPage {
 public:
  explicit StatusPage(const Config& config);
  StatusPage(const StatusPage&) = delete;
  StatusPage& operator=(const StatusPage&) = delete;
  ~StatusPage();

  // Serves the figures of `server`. Gives the line that says where, or nothing.
  std::string start(server::Server& server);
  // Asks the workers for their figures and publishes them, soon.
  void refresh();

 private:
  const std::optional<Endpoint> listen_;
  status::Recorder recorder_;
  status::Board board_;
  server::Server* server_ = nullptr;
  std::unique_ptr<status::HttpServer> http_;  // last: it ends before the board
};

}  // namespace aven::app
