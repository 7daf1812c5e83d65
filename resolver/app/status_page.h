// StatusPage: the figures of `serve`: takes them each second for the control socket, and serves them as a page if the
// configuration says where. Accounts, certificate and token are read again when their files change.
// Thread: control's; the HTTP threads read the board, and ask control for a kept reply.
// Lifetime: made before the server that it shows and destroyed after it; `config` must outlive it.
// Fails: a page that cannot be served is an error in the log; DNS goes on without it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/access_journal.h"
#include "app/change_record.h"
#include "app/config.h"
#include "app/page_files.h"
#include "app/told.h"
#include "base/guarded.h"
#include "dns/ask.h"
#include "policy/problem.h"
#include "server/log_writer.h"
#include "server/look_log.h"
#include "server/own_probe.h"
#include "server/server.h"
#include "status/board.h"
#include "status/http_server.h"

namespace aven::app {

class StatusPage {
 public:
  // `journal` is told of log-ins and of looks at lines of clients.
  StatusPage(const Config& config, server::LogWriter& log, ChangeSink& journal);
  StatusPage(const StatusPage&) = delete;
  StatusPage& operator=(const StatusPage&) = delete;
  ~StatusPage();

  // Shows these problems beside those of the files; asked for at each refresh.
  void also_show(std::function<policy::Problems()> problems) { more_problems_ = std::move(problems); }
  // Takes the figures of `server`, which listens at `bound`, and serves them. Gives the line that says where, or nothing.
  std::string start(server::Server& server, const std::vector<Endpoint>& bound);
  // Serves no more, and tells the journal nothing; before the server is destroyed.
  void close() { http_.reset(); }
  // Asks the workers for their figures and publishes them, soon.
  void refresh();

  // For the control socket, whose users may see which clients a rule speaks to.
  status::Board& board() noexcept { return board_; }
  status::ApiOptions api_options();

 private:
  status::ApiOptions options_for(RuleClients clients);
  std::string explain(const status::StatusData& data, const status::ExplainQuestion& question, RuleClients clients);
  std::vector<std::uint8_t> kept_reply(const dns::Ask& ask);
  void read_files();
  void serve(PageFiles files);
  std::string place() const;  // "page https://10.1.0.53:8053/"

  const Config& config_;
  PageFileWatch watch_;
  status::Recorder recorder_;
  status::Board board_;
  std::function<policy::Problems()> more_problems_;
  server::LogWriter& log_;
  server::LookLog looks_;
  Guarded<server::OwnProbe> probe_;
  AccessJournal access_;
  server::Server* server_ = nullptr;
  bool started_ = false;                      // a page that comes later is told in the log
  std::string certificate_, key_;             // what http_ was started with
  std::unique_ptr<status::HttpServer> http_;  // last: it ends before the board
};

}  // namespace aven::app
