#include "app/status_page.h"

#include <utility>

#include "app/loading.h"
#include "app/told.h"
#include "app/version.h"
#include "base/log.h"
#include "base/tick.h"

namespace aven::app {
namespace {

// As `aven explain` says it, by what is in force.
std::string explain(const status::StatusData& data, const status::ExplainQuestion& question) {
  LoadedSet set;
  set.loaded.policy = data.current.policy;
  set.loaded.calendar = data.current.calendar;
  set.config.upstreams = *data.current.upstreams;
  set.config.settings.private_reverse = data.current.settings->private_reverse;
  const Told told = tell(set, {question.name, question.type, question.client, data.at});
  return to_json(told, RuleClients::Hidden);
}

}  // namespace

StatusPage::StatusPage(const Config& config)
    : listen_(config.status), recorder_({std::string{version()}, config.policy.language, config.policy.timezone}) {}

StatusPage::~StatusPage() = default;

std::string StatusPage::start(server::Server& server) {
  if (!listen_) return {};
  auto http = status::HttpServer::start(*listen_, board_, {read_tick, explain});
  if (!http) {
    log::warn("{}", http.error());
    return {};
  }
  http_ = std::move(*http);
  server_ = &server;
  return "page http://" + http_->address().text() + "/\n";
}

void StatusPage::refresh() {
  if (server_ == nullptr) return;
  server_->take_snapshot([this](const server::Snapshot& snapshot) {
    server::Current current = server_->current();
    if (more_problems_) {
      for (auto& problem : more_problems_()) current.problems.push_back(std::move(problem));
    }
    auto data = recorder_.record(snapshot, current, read_wall_time());
    board_.publish(std::move(data), recorder_.last_point());
  });
}

}  // namespace aven::app
