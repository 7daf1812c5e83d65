#include "app/status_page.h"

#include <algorithm>
#include <future>
#include <utility>

#include "app/running_set.h"
#include "app/told_reply.h"
#include "app/version.h"
#include "base/log.h"
#include "base/tick.h"

namespace aven::app {
namespace {

constexpr std::chrono::milliseconds ReplyTime{300};

server::SeriesPoint series_point(const status::Point& point) {
  server::SeriesPoint out;
  out.at = point.at.time_since_epoch().count();
  std::copy(point.counts.begin(), point.counts.end(), out.counts.begin());
  out.p50_us = point.p50_us;
  out.p99_us = point.p99_us;
  return out;
}

void add_log_problems(const server::LogWriter::State& state, policy::Problems& problems) {
  using policy::Severity;
  if (!state.problem.empty()) problems.push_back({state.file.string(), "", state.problem, Severity::Error});
  if (!state.series_problem.empty()) problems.push_back({"", "/state", state.series_problem, Severity::Warning});
}

}  // namespace

StatusPage::StatusPage(const Config& config, server::LogWriter& log, ChangeSink& journal)
    : config_(config),
      watch_(config.status),
      recorder_({std::string{version()}, config.policy.language, config.policy.timezone}),
      log_(log),
      looks_(config.state / "looks.sqlite"),
      access_(journal) {}

StatusPage::~StatusPage() = default;

status::ApiOptions StatusPage::api_options() {
  return options_for(RuleClients::Shown);
}

// As `aven explain` says it, by what is in force; with what a worker keeps of upstream's reply.
std::string StatusPage::explain(const status::StatusData& data, const status::ExplainQuestion& question,
                                RuleClients clients) {
  const LoadedSet set = running_set(data.current, {config_.rules, config_.state});
  const Question asked{question.name, question.type, question.client, question.at};
  Told told = tell(set, asked, data.current.lifts);
  if (told.step == Step::Upstream) {
    follow_reply(told, kept_reply(ask_of(*data.current.policy, asked)), data.current.lifts);
  }
  return to_json(told, clients);
}

std::vector<std::uint8_t> StatusPage::kept_reply(const dns::Ask& ask) {
  const auto promise = std::make_shared<std::promise<std::vector<std::uint8_t>>>();
  auto found = promise->get_future();
  server_->post([server = server_, ask, promise] {
    server->find_reply(ask, [promise](std::vector<std::uint8_t> wire) { promise->set_value(std::move(wire)); });
  });
  return found.wait_for(ReplyTime) == std::future_status::ready ? found.get() : std::vector<std::uint8_t>{};
}

status::ApiOptions StatusPage::options_for(RuleClients clients) {
  const auto explained = [this, clients](const status::StatusData& data, const status::ExplainQuestion& question) {
    return explain(data, question, clients);
  };
  const auto looked = [this](const server::Look& look) {
    const auto now_ms = read_wall_ms();
    if (!looks_.record(look, now_ms)) return false;
    access_.looked(look, now_ms);
    return true;
  };
  const auto probe = [this](std::span<const Endpoint> addresses) {
    return probe_.with([&](server::OwnProbe& own) { return own.ask(addresses, read_tick()); });
  };
  return {read_tick, explained, probe, {&log_, looked}};
}

std::string StatusPage::start(server::Server& server, const std::vector<Endpoint>& bound) {
  server_ = &server;
  recorder_.listens_at(bound);
  read_files();
  return http_ ? place() + '\n' : std::string{};
}

std::string StatusPage::place() const {
  return (certificate_.empty() ? "page http://" : "page https://") + http_->address().text() + '/';
}

void StatusPage::read_files() {
  if (!config_.status.listen) return;
  auto files = read_page_files(config_, read_wall_time());
  for (const auto& problem : files.problems) log::warn("{}", policy::to_text(problem));
  if (policy::has_errors(files.problems)) return;  // what is served goes on as it was
  const bool same_certificate = files.certificate == certificate_ && files.key == key_;
  if (http_ && same_certificate) return http_->set_secrets(std::move(files.secrets));
  serve(std::move(files));
}

void StatusPage::serve(PageFiles files) {
  const auto& page = config_.status;
  status::HttpOptions options{*page.listen, files.certificate, files.key, {}};
  options.gate.login = page.login;
  options.gate.session_length = std::chrono::hours{page.session_hours};
  options.gate.monitoring_from = page.monitoring_from;
  options.gate.clock = read_tick;
  options.gate.logged_in = [this](const std::string& account) { access_.logged_in(account); };
  http_.reset();  // its address is needed again
  auto http = status::HttpServer::start(std::move(options), board_, options_for(RuleClients::Hidden));
  if (!http) return log::error("{}", http.error());
  http_ = std::move(*http);
  certificate_ = std::move(files.certificate);
  key_ = std::move(files.key);
  http_->set_secrets(std::move(files.secrets));
  if (started_) log::info("{}", place());
}

void StatusPage::refresh() {
  if (server_ == nullptr) return;
  started_ = true;
  if (watch_.has_changed()) read_files();
  if (http_) http_->end_slow(read_tick());
  server_->take_snapshot([this](const server::Snapshot& snapshot) {
    server::Current current = server_->current();
    if (more_problems_) {
      for (auto& problem : more_problems_()) current.problems.push_back(std::move(problem));
    }
    add_log_problems(log_.state(), current.problems);
    auto data = recorder_.record(snapshot, current, read_wall_time());
    log_.add_point(series_point(recorder_.last_point()));
    board_.publish(std::move(data), recorder_.last_point());
  });
}

}  // namespace aven::app
