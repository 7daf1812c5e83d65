#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "app/commands.h"
#include "app/control.h"
#include "app/control_actions.h"
#include "app/control_lifts.h"
#include "app/kept_cache.h"
#include "app/lift_keeper.h"
#include "app/list_fetcher.h"
#include "app/loading.h"
#include "app/name_lookup.h"
#include "app/query_logging.h"
#include "app/records.h"
#include "app/reloads.h"
#include "app/status_page.h"
#include "app/summary.h"
#include "app/version.h"
#include "base/log.h"
#include "base/random.h"
#include "base/tick.h"
#include "server/server.h"

namespace aven::app {
namespace {

using policy::Severity;

void log_problems(const policy::Problems& problems) {
  for (const auto& problem : problems) {
    const std::string text = policy::to_text(problem);
    switch (problem.severity) {
      case Severity::Error:
        log::error("{}", text);
        break;
      case Severity::Warning:
        log::warn("{}", text);
        break;
      case Severity::Note:
        log::info("{}", text);
        break;
    }
  }
}

// Settings that were changed but mean nothing before the next start.
void add_restart_notes(LoadedSet& set, const Config& running) {
  const Config& now = set.config;
  const auto note = [&](bool changed, const char* pointer) {
    if (!changed) return;
    set.loaded.problems.push_back(
        {now.policy.file, pointer, "this change needs a restart; the rest is in force", Severity::Warning});
  };
  note(now.listen != running.listen, "/listen");
  note(now.workers != running.workers, "/workers");
  note(now.cache.max_bytes != running.cache.max_bytes, "/cache/size_mb");
  note(now.cache_file != running.cache_file, "/cache/file");
  note(now.settings.in_flight > running.settings.in_flight, "/limits/in_flight");
  note(now.state != running.state, "/state");
  note(now.control != running.control, "/control");
  note(now.max_exemption_hours != running.max_exemption_hours, "/max_exemption_hours");
  note(now.max_new_share_percent != running.max_new_share_percent, "/max_new_share_percent");
  note(now.status != running.status, "/status");
}

ListFetcher::Wanted wanted_lists(const LoadedSet& set) {
  return {set.fetched, lookup_servers(set.config.upstreams, this_machine()), set.config.reload == ReloadMode::Watch};
}

// What the loader's thread does at each reload.
// `aven reload` looks at the files, whatever a rollback says; it ends the rollback before it takes them.
server::Loaded reload(const Loading& loading, const Config& running, Records& records, ListFetcher& fetcher,
                      server::LoadReason reason, std::uint64_t generation) {
  const WallTime now = read_wall_time();
  LoadedSet set =
      reason == server::LoadReason::Trial ? loading.from_files(generation, now) : loading.for_reload(generation, now);
  if (!set.loaded.usable()) return std::move(set.loaded);
  add_restart_notes(set, running);
  set.loaded.log_book = log_book(set);
  records.read(set);
  server::Loaded loaded = std::move(set.loaded);
  const auto kept = std::make_shared<const LoadedSet>(std::move(set));
  loaded.keep = [kept, &records, &fetcher, id = loaded.policy->id()] {
    fetcher.want(wanted_lists(*kept));
    return records.keep(*kept, id);
  };
  return loaded;
}

void tell_reload(const server::Loaded& result) {
  log_problems(result.problems);
  if (!result.usable()) return log::error("The new files are refused; what ran before goes on.");
  log::info("New rules are in force: generation {}, {} rules, policy {}.", result.policy->generation(),
            result.policy->rule_count(), result.policy->id().substr(0, 12));
}

upstream::LoopMark new_loop_mark() {
  SystemRandom random;
  std::array<std::uint8_t, sizeof(upstream::LoopMark)> octets;
  random.fill(octets);
  return std::bit_cast<upstream::LoopMark>(octets);
}

// Keeps the first set for later starts.
void keep(LoadedSet& set) {
  if (set.origin != Origin::Files && set.origin != Origin::RolledBack) return;
  if (auto problem = Loading::keep(set)) {
    log_problems({*problem});
    set.loaded.problems.push_back(std::move(*problem));
  }
}

// What control does beside the server. The server's callbacks reach it, so it outlives the server.
class Desk {
 public:
  Desk(const Config& config, server::LogWriter& log)
      : config_(config),
        log_(log),
        records_(std::in_place, config),
        page_(config, log, records_->journal()),
        kept_cache_(config) {}

  void add_to(server::ServerOptions& options);
  Records& records() noexcept { return *records_; }
  // Once the server is there, before it runs. False: another Aven serves the socket, and two would write the same state.
  bool open(server::Server& server, LoadedSet& first);
  std::string open_page(const std::vector<Endpoint>& bound) { return page_.start(*server_, bound); }
  // The server answers.
  void started() {
    kept_cache_.restore(*server_);
    page_.refresh();
  }
  // Its problems are shown beside the others.
  void also_show(const ListFetcher& fetcher) { fetcher_ = &fetcher; }
  void close();
  // Ends the journal; nothing may be told any more.
  void end_journal() { records_->end_journal(); }

 private:
  void each_second();
  void loaded(server::LoadReason reason, const server::Loaded& result);
  policy::Problems problems() const;
  std::uint64_t questions_of_the_last_hour();

  const Config& config_;
  server::LogWriter& log_;
  std::optional<Records> records_;
  StatusPage page_;
  KeptCache kept_cache_;
  Control control_;
  server::Server* server_ = nullptr;
  std::optional<LiftKeeper> lifts_;
  std::optional<Reloads> reloads_;
  const ListFetcher* fetcher_ = nullptr;
  std::optional<policy::Problem> control_problem_;  // the socket that could not be opened stays closed
};

void Desk::add_to(server::ServerOptions& options) {
  options.on_loaded = [this](server::LoadReason reason, const server::Loaded& result) { loaded(reason, result); };
  options.review = [this](server::LoadReason reason, const server::Loaded& set, const server::Decide& decide) {
    reloads_->review(reason, set, decide);
  };
  options.each_second = [this] { each_second(); };
  options.earliest_time = records_->earliest_time();
  kept_cache_.add_to(options);
}

bool Desk::open(server::Server& server, LoadedSet& first) {
  server_ = &server;
  const ControlWorld world{config_, server, records_->journal()};
  lifts_.emplace(config_.state, std::chrono::days{config_.query_log.retention_days}, records_->journal(),
                 [&server](const policy::Lifts& all) { server.lift(all); });
  reloads_.emplace(world, records_->changes(), [this] { return questions_of_the_last_hour(); });
  page_.also_show([this] { return problems(); });
  add_explain(control_, world);
  add_flush(control_, world);
  add_pause(control_, world, *lifts_);
  add_exempt(control_, world, *lifts_);
  add_rollback(control_, world);
  add_clock(control_, world, [this] { return records_->earliest_time(); });
  reloads_->add_to(control_);

  auto failure = control_.start(config_, server, page_);
  if (failure) log_problems({failure->problem});
  if (failure && failure->in_use) {
    log::error("Aven does not start: end the other one first, or give this one its own `state`.");
    return false;
  }
  if (failure) control_problem_ = std::move(failure->problem);
  keep(first);
  records_->started(first);
  lifts_->start(read_wall_time());
  log_.start();
  return true;
}

void Desk::close() {
  page_.close();
  records_->changes().stopped();
  control_.end();
  log_.stop();
}

void Desk::each_second() {
  server_->believe_from(records_->earliest_time());
  lifts_->each_second(read_wall_time());
  records_->changes().each_second(server_->current(), read_wall_time());
  page_.refresh();
}

void Desk::loaded(server::LoadReason reason, const server::Loaded& result) {
  tell_reload(result);
  records_->loaded(reason, result, reloads_->take_difference());
  page_.refresh();
}

policy::Problems Desk::problems() const {
  auto problems = records_->problems(server_->current());
  for (const auto& problem : {lifts_->problem(), kept_cache_.problem(), control_problem_}) {
    if (problem) problems.push_back(*problem);
  }
  if (fetcher_ == nullptr) return problems;
  for (auto& problem : fetcher_->problems()) problems.push_back(std::move(problem));
  return problems;
}

std::uint64_t Desk::questions_of_the_last_hour() {
  std::uint64_t sum = 0;
  for (const auto& point : page_.board().points(status::Recorder::SeriesLength)) {
    sum += point.counts[static_cast<std::size_t>(status::Column::Answered)];
  }
  return sum;
}

std::size_t worker_count(const Config& config) {
  return config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
}

server::ServerOptions server_options(const Loading& loading, const Config& config, server::LogWriter& log,
                                     Records& records, ListFetcher& fetcher) {
  server::ServerOptions options;
  options.listen = config.listen;
  options.workers = worker_count(config);
  options.log = &log;
  options.sizes = {config.cache, config.settings.in_flight, new_loop_mark()};
  options.load = [&loading, &config, &records, &fetcher](server::LoadReason reason, std::uint64_t generation) {
    return reload(loading, config, records, fetcher, reason, generation);
  };
  return options;
}

bool may_start(const LoadedSet& set, bool strict) {
  if (!set.loaded.usable()) {
    log::error("Aven does not start: the errors above must be mended first.");
    return false;
  }
  if (strict && policy::has_errors(set.loaded.problems)) {
    log::error("Aven does not start: there are errors, and --strict asks for none.");
    return false;
  }
  return true;
}

Places places_of(const ServeOptions& options) {
  Places places;
  places.config = options.config;
  return places;
}

// What is printed once it answers.
std::string introduction(const LoadedSet& set, const std::vector<Endpoint>& bound, WallTime now,
                         const std::string& page) {
  std::string told = "Aven " + std::string{version()} + '\n' + summary(set, bound, now);
  if (set.origin == Origin::WithoutRules) told += "NOTHING IS BLOCKED: the rules have errors, see above.\n";
  return told + page + "try " + dig_line(set, bound) + '\n';
}

}  // namespace

int serve(const ServeOptions& options) {
  log::start();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of a file's size is a full disk, no reason to end
  const Loading loading{places_of(options)};
  const WallTime now = read_wall_time();
  LoadedSet set = loading.at_start(1, now);
  log_problems(set.loaded.problems);
  if (!may_start(set, options.strict)) return ProblemsFound;

  const Config config = set.config;
  SystemRandom random;
  server::LogWriter query_log{worker_count(config), config.state, random};
  set.loaded.log_book = log_book(set);
  Desk desk{config, query_log};
  server::Server* running = nullptr;
  // The server's loader may tell it what is wanted until the server has gone, so it outlives the server.
  ListFetcher fetcher{ListPlaces{config.rules, config.state},
                      [&] { running->post([&] { running->load_changed_files(); }); }};
  auto with = server_options(loading, config, query_log, desk.records(), fetcher);
  desk.add_to(with);
  server::Server server{std::move(with)};
  running = &server;
  desk.also_show(fetcher);
  const auto bound = server.listen();
  if (!bound) {
    log::error("Aven does not start: {}", bound.error());
    return ProblemsFound;
  }
  if (!desk.open(server, set)) return ProblemsFound;
  fetcher.want(wanted_lists(set));
  const std::string told = introduction(set, *bound, now, desk.open_page(*bound));
  const int code = server.run(std::move(set.loaded), [&] {
    std::cout << told << std::flush;
    desk.started();
  });
  desk.close();
  if (server.is_loading() || fetcher.is_busy()) {  // nobody waits for what they would bring
    desk.end_journal();
    std::_Exit(code);
  }
  fetcher.end();  // before the server that it tells goes
  return code;
}

}  // namespace aven::app
