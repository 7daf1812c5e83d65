#include "app/status_page.h"

#include <utility>

#include "app/running_set.h"
#include "app/told.h"
#include "app/version.h"
#include "base/log.h"
#include "base/tick.h"

namespace aven::app {
namespace {

// As `aven explain` says it, by what is in force.
std::string explain(const status::StatusData& data, const status::ExplainQuestion& question, RuleClients clients) {
  const LoadedSet set = running_set(data.current);
  return to_json(tell(set, {question.name, question.type, question.client, data.at}), clients);
}

status::ApiOptions options_for(RuleClients clients) {
  return {read_tick, [clients](const status::StatusData& data, const status::ExplainQuestion& question) {
            return explain(data, question, clients);
          }};
}

}  // namespace

StatusPage::StatusPage(const Config& config)
    : listen_(config.status), recorder_({std::string{version()}, config.policy.language, config.policy.timezone}) {}

StatusPage::~StatusPage() = default;

status::ApiOptions StatusPage::api_options() {
  return options_for(RuleClients::Shown);
}

std::string StatusPage::start(server::Server& server, const std::vector<Endpoint>& bound) {
  server_ = &server;
  recorder_.listens_at(bound);
  if (!listen_) return {};
  auto http = status::HttpServer::start(*listen_, board_, options_for(RuleClients::Hidden));
  if (!http) {
    log::warn("{}", http.error());
    return {};
  }
  http_ = std::move(*http);
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
