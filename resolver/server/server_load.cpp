#include <chrono>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "server/server_impl.h"
#include "server/shares.h"
#include "server/systemd.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;

constexpr auto FilesQuiet = 300ms;
constexpr auto ClockStep = 2s;  // wall clock against ours: more is a step, dates are evaluated anew

std::vector<std::string> rule_ids(const policy::Policy& policy) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < policy.rule_count(); ++i) {
    ids.push_back(policy.rule(static_cast<policy::RuleIndex>(i)).full_id());
  }
  return ids;
}

}  // namespace

// --- reload

void Server::Impl::reload(LoadReason reason, std::function<void(const Loaded&)> done) {
  if (stopping) return;
  if (!wanted_load || reason == LoadReason::Request) wanted_load = reason;
  if (done) told_of_next.push_back(std::move(done));
  start_load_if_possible();
}

// Not before every worker has given back the policy before the current one: there are never three in memory.
void Server::Impl::start_load_if_possible() {
  if (loading || stopping || deliveries_out > 0 || workers_started < options.workers) return;
  if (wanted_load) {
    told_of_this = std::exchange(told_of_next, {});
    systemd::reloading();
    reloader->load(*std::exchange(wanted_load, std::nullopt), ++last_generation);
    loading = true;
  } else if (!wanted_trials.empty()) {
    told_of_this = std::exchange(wanted_trials, {});
    reloader->load(LoadReason::Trial, ++last_generation);
    loading = true;
  }
}

void Server::Impl::on_loaded(Reloader::Result result) {
  if (stopping) return;
  const bool trial = result.reason == LoadReason::Trial;
  const bool usable = result.loaded.usable();
  reviewed = std::move(result);
  if (!usable) return finish_load(trial ? Decision::Forget : Decision::Refuse, {});
  if (!options.review) return finish_load(trial ? Decision::Forget : Decision::Install, {});
  options.review(reviewed->reason, reviewed->loaded,
                 [this](Decision decision, policy::Problems why) { finish_load(decision, std::move(why)); });
}

void Server::Impl::finish_load(Decision decision, policy::Problems why) {
  loading = false;
  if (stopping) return;
  auto& loaded = reviewed->loaded;
  std::move(why.begin(), why.end(), std::back_inserter(loaded.problems));
  if (decision == Decision::Install) {
    bring_into_force();
  } else {
    pipeline::WorkerPolicy unwanted;
    unwanted.policy = std::move(loaded.policy);
    reloader->free(std::move(unwanted));
  }
  if (decision == Decision::Refuse) load_problems = loaded.problems;
  show_problems();
  systemd::ready();
  if (options.on_loaded && reviewed->reason != LoadReason::Trial) options.on_loaded(reviewed->reason, loaded);
  for (const auto& done : std::exchange(told_of_this, {})) done(loaded);
  reviewed.reset();
  start_load_if_possible();
}

void Server::Impl::bring_into_force() {
  pipeline::WorkerPolicy old;
  old.policy = std::move(current.policy);
  old.activity = std::move(current.activity);
  install(reviewed->loaded);
  deliver_to_all();
  reloader->free(std::move(old));
  if (reviewed->loaded.keep) keep(std::move(reviewed->loaded.keep));
}

// What could not be kept is a problem of the set that is in force.
void Server::Impl::keep(std::function<policy::Problems()> keep) {
  reloader->run([this, keep = std::move(keep), generation = current.policy->generation()] {
    auto problems = keep();
    if (problems.empty()) return;
    posted.post([this, problems = std::move(problems), generation] {
      if (current.policy->generation() != generation) return;
      for (const auto& problem : problems) {
        log::warn("{}", policy::to_text(problem));
        load_problems.push_back(problem);
      }
      show_problems();
    });
  });
}

void Server::Impl::install(const Loaded& loaded) {
  // Not before: a trial must not shorten what the log keeps.
  if (options.log != nullptr && loaded.log_book) options.log->use(loaded.log_book);
  current.policy = loaded.policy;
  rules.use(loaded.policy->generation(), rule_ids(*loaded.policy), loaded.policy->group_names());
  current.calendar = loaded.calendar;
  if (current.upstreams == nullptr || !loaded.upstreams->numbers_routes_as(*current.upstreams)) ++routes;
  current.upstreams = loaded.upstreams;
  current.settings = loaded.settings;
  current.loaded = read_wall_time();
  tcp = loaded.tcp;
  tls = loaded.tls;
  troubles.keep_only(*loaded.upstreams);
  load_problems = loaded.problems;
  show_problems();
  shared_settings = share_of(*loaded.settings, options.workers);
  current.activity = evaluate();
  watch(loaded.watched);
}

void Server::Impl::show_problems() {
  current.troubles = troubles.texts();
  current.problems = load_problems;
  for (auto& problem : troubles.problems()) current.problems.push_back(std::move(problem));
}

void Server::Impl::watch(const std::vector<std::string>& paths) {
  if (file_watch && paths == watched) return;
  watched = paths;
  file_watch.reset();
  if (paths.empty()) return;
  file_watch = std::make_unique<uv::FileWatch>(loop, paths, FilesQuiet, [this] { reload(LoadReason::FileChange, {}); });
  if (!file_watch->complete()) {
    log::warn(
        "not every rules folder can be watched for changes (fs.inotify limits?); use 'aven reload' after a "
        "change");
  }
}

// --- what workers decide from

Delivery Server::Impl::new_delivery() const {
  Delivery delivery;
  delivery.tcp = tcp;
  delivery.tls = tls;
  delivery.book.policy = current.policy;
  delivery.book.activity = current.activity;
  delivery.book.patterns = current.policy->make_patterns();
  delivery.book.rule_counters =
      std::make_unique<stats::RuleCounters>(current.policy->rule_count(), current.policy->group_names().size());
  delivery.book.upstreams = current.upstreams;
  delivery.book.routes = routes;
  delivery.book.settings = shared_settings;
  return delivery;
}

void Server::Impl::deliver_to_all() {
  for (auto& worker : workers) {
    ++deliveries_out;
    auto overtaken = worker->deliver(new_delivery());
    if (!overtaken) continue;
    --deliveries_out;
    reloader->free(std::move(overtaken->book));
  }
}

std::shared_ptr<const policy::Activity> Server::Impl::evaluate() {
  const Tick tick = read_tick();
  const WallTime wall = read_wall_time();
  current.clock_believed = wall >= options.earliest_time;
  wall_offset = wall.time_since_epoch() - tick.time_since_epoch();
  return std::make_shared<policy::Activity>(*current.policy, *current.calendar, std::max(wall, options.earliest_time),
                                            tick, current.lifts);
}

void Server::Impl::on_second() {
  if (options.each_second && !stopping) options.each_second();
  const Tick tick = read_tick();
  const WallTime wall = read_wall_time();
  const bool believed = wall >= options.earliest_time;
  if (!believed) {
    current.clock_believed = false;
    return;
  }
  const Duration step = wall.time_since_epoch() - tick.time_since_epoch() - wall_offset;
  const bool stepped = step > ClockStep || step < -ClockStep;
  if (tick < current.activity->next_change() && !stepped && current.clock_believed) return;
  current.activity = evaluate();
  deliver_to_all();
}

}  // namespace aven::server
