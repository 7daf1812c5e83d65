#include "server/server.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <csignal>
#include <iterator>
#include <map>
#include <sys/resource.h>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "cache/common_cache.h"
#include "server/gathering.h"
#include "server/listen_address.h"
#include "server/reloader.h"
#include "server/rule_book.h"
#include "server/shares.h"
#include "server/systemd.h"
#include "server/tcp_admission.h"
#include "server/upstream_troubles.h"
#include "server/worker.h"
#include "uv/file_watch.h"
#include "uv/loop.h"
#include "uv/mailbox.h"
#include "uv/process_signal.h"
#include "uv/timer.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;

constexpr auto CalendarEvery = 1000ms;
constexpr auto FilesQuiet = 300ms;
constexpr auto ClockStep = 2s;  // wall clock against ours: more is a step, dates are evaluated anew

// Sockets need descriptors: take what the system allows.
void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> rule_ids(const policy::Policy& policy) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < policy.rule_count(); ++i) {
    ids.push_back(policy.rule(static_cast<policy::RuleIndex>(i)).full_id());
  }
  return ids;
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerOptions with) : options(std::move(with)), rules(options.workers) {
    AVEN_CHECK(options.workers > 0 && options.load);
  }

  // Start and end.
  void start(Loaded first);
  void make_common_cache();
  void start_worker(std::size_t index);
  void stop();
  void on_report(WorkerReport report);
  void on(std::size_t worker, Started);
  void on(std::size_t worker, Pong);
  void on(std::size_t worker, Returned returned);
  void on(std::size_t worker, Figures figures);
  void on(std::size_t worker, Flushed flushed);
  void on(std::size_t worker, const UpstreamState& state);
  void on(std::size_t worker, Walked walked);
  void on(std::size_t worker, FoundReply found);
  void on(std::size_t worker, Restored restored);
  void on(std::size_t worker, Stopped stopped);
  void add_common_replies(std::vector<CachedReply>& into) const;

  // Reload.
  void reload(LoadReason reason, std::function<void(const Loaded&)> done);
  void start_load_if_possible();
  void on_loaded(Reloader::Result result);
  void finish_load(Decision decision, policy::Problems why);
  void bring_into_force();
  void keep(std::function<policy::Problems()> keep);
  void install(const Loaded& loaded);
  void show_problems();
  void watch(const std::vector<std::string>& paths);

  // What workers decide from.
  Delivery new_delivery() const;
  void deliver_to_all();
  std::shared_ptr<const policy::Activity> evaluate();
  void on_second();
  void ping_workers();
  void take_snapshot(std::function<void(const Snapshot&)> done);
  std::size_t flush_common(const FlushRequest& request) const;
  Snapshot add_up(const std::vector<WorkerSnapshot>& parts) const;

  ServerOptions options;
  std::vector<Listener> listeners;
  TcpAdmission admission;
  Current current;
  TcpLimits tcp;
  std::shared_ptr<const TlsContexts> tls;
  policy::Problems load_problems;  // of the last load
  UpstreamTroubles troubles;
  std::shared_ptr<const pipeline::Settings> shared_settings;  // each worker's share
  std::unique_ptr<cache::CommonCache> common_cache;           // null with one worker; outlives the workers
  std::uint64_t routes = 0;                                   // grows when pools change their numbers
  Tick started_at{};
  std::function<void()> on_started;

  std::size_t deliveries_out = 0;  // not yet come back for: the workers hold more than the current policy
  bool loading = false, stopping = false;
  std::optional<LoadReason> wanted_load;
  std::vector<std::function<void(const Loaded&)>> told_of_next, told_of_this, wanted_trials;
  std::optional<Reloader::Result> reviewed;  // until it is decided on
  std::uint64_t last_generation = 0;
  Duration wall_offset{};  // wall clock less our clock when the calendar was last asked
  std::size_t workers_started = 0, workers_stopped = 0, pongs = 0;
  RuleBook rules;
  Gathering<WorkerSnapshot> snapshots;
  Gathering<std::size_t> flushes;
  Gathering<std::vector<std::uint8_t>> replies;
  struct Walk {
    std::vector<CachedReply> replies;
    std::size_t workers_missing;
    std::function<void(std::vector<CachedReply>)> done;
  };
  std::map<std::uint64_t, Walk> walks;
  std::uint64_t last_walk = 0;
  std::vector<std::vector<std::uint8_t>> stopped_caches;

  uv::Loop loop;
  uv::Mailbox<std::function<void()>> posted{loop, [](const std::function<void()>& work) { work(); }};
  uv::Mailbox<WorkerReport> reports{loop, [this](WorkerReport report) { on_report(std::move(report)); }};
  uv::Mailbox<Reloader::Result> loads{loop, [this](Reloader::Result result) { on_loaded(std::move(result)); }};
  uv::Timer second{loop, [this] { on_second(); }};
  uv::Timer watchdog{loop, [this] { ping_workers(); }};
  uv::ProcessSignal hangup{loop, SIGHUP, [this] { reload(LoadReason::Signal, {}); }};
  std::optional<uv::ProcessSignal> terminate, interrupt;
  std::unique_ptr<uv::FileWatch> file_watch;
  std::vector<std::string> watched;
  std::unique_ptr<Reloader> reloader;
  std::vector<std::unique_ptr<Worker>> workers;
};

// --- start and end

void Server::Impl::start(Loaded first) {
  AVEN_CHECK(first.usable() && !listeners.empty());
  terminate.emplace(loop, SIGTERM, [this] { stop(); });
  interrupt.emplace(loop, SIGINT, [this] { stop(); });
  started_at = read_tick();
  reloader = std::make_unique<Reloader>(options.load, loads);
  make_common_cache();
  last_generation = first.policy->generation();
  install(first);
  for (std::size_t i = 0; i < options.workers; ++i) start_worker(i);
  second.start(CalendarEvery, CalendarEvery);
  if (const auto every = systemd::watchdog_time()) {
    const auto often = std::chrono::duration_cast<std::chrono::milliseconds>(*every / 4);
    watchdog.start(often, often);
    pongs = options.workers;
  }
}

void Server::Impl::make_common_cache() {
  auto limits = options.sizes.cache;
  limits.max_bytes = common_cache_bytes(limits.max_bytes, options.workers);
  if (limits.max_bytes == 0) return;
  SystemRandom random;
  std::array<std::uint8_t, sizeof(std::uint64_t)> seed{};
  random.fill(seed);
  common_cache = std::make_unique<cache::CommonCache>(limits, std::bit_cast<std::uint64_t>(seed));
}

void Server::Impl::start_worker(std::size_t index) {
  WorkerSetup setup;
  setup.index = index;
  setup.sizes = share_of(options.sizes, options.workers);
  setup.sizes.common_cache = common_cache.get();
  if (options.log != nullptr) setup.log = &options.log->ring(index);
  setup.keep_cache = options.on_stopped != nullptr;
  for (auto& listener : listeners) {
    setup.listeners.push_back({listener.address, std::move(listener.udp[index]), std::move(listener.tcp[index])});
  }
  workers.push_back(std::make_unique<Worker>(std::move(setup), new_delivery(), admission, reports));
}

void Server::Impl::stop() {
  if (std::exchange(stopping, true)) return;
  systemd::stopping();
  file_watch.reset();
  second.stop();
  for (auto& worker : workers) worker->request(Stop{});
}

void Server::Impl::on_report(WorkerReport report) {
  std::visit([&](auto& what) { on(report.worker, std::move(what)); }, report.what);
}

void Server::Impl::on(std::size_t, Started) {
  if (++workers_started < options.workers) return;
  systemd::ready();
  if (on_started) on_started();
  start_load_if_possible();
}

void Server::Impl::on(std::size_t, Pong) {
  ++pongs;
}

void Server::Impl::on(std::size_t worker, Returned returned) {
  --deliveries_out;
  rules.returned(worker, returned.book.policy->generation(), *returned.book.rule_counters);
  reloader->free(std::move(returned.book));
  start_load_if_possible();
}

void Server::Impl::on(std::size_t worker, Figures figures) {
  const auto& snapshot = figures.snapshot;
  rules.held(figures.request, worker, snapshot.policy_generation, snapshot.rules);
  snapshots.add(figures.request, worker, std::move(figures.snapshot));
}

void Server::Impl::on(std::size_t worker, Flushed flushed) {
  flushes.add(flushed.request, worker, flushed.entries);
}

void Server::Impl::on(std::size_t worker, const UpstreamState& state) {
  const auto news = troubles.note(worker, state.server, state.trouble);
  if (!news) return;
  if (news->is_bad)
    log::error("{}", news->text);
  else
    log::info("{}", news->text);
  show_problems();
}

void Server::Impl::on(std::size_t worker, Walked walked) {
  const auto found = walks.find(walked.request);
  if (found == walks.end()) return;
  auto& walk = found->second;
  std::move(walked.replies.begin(), walked.replies.end(), std::back_inserter(walk.replies));
  if (walked.next != 0) return workers[worker]->request(WalkCache{walked.request, walked.next});
  if (--walk.workers_missing > 0) return;
  auto complete = std::move(walk);
  walks.erase(found);
  if (common_cache != nullptr) add_common_replies(complete.replies);
  complete.done(std::move(complete.replies));
}

void Server::Impl::on(std::size_t worker, FoundReply found) {
  replies.add(found.request, worker, std::move(found.wire));
}

// Who asked has been counted by the workers.
void Server::Impl::add_common_replies(std::vector<CachedReply>& into) const {
  common_cache->walk(read_tick(), [&](const cache::KeptAnswer& kept) {
    into.push_back({{kept.wire.begin(), kept.wire.end()}, 0});
  });
}

void Server::Impl::on(std::size_t worker, Restored restored) {
  if (restored.image && !stopping) workers[worker]->request(RestoreCache{std::move(restored.image)});
}

void Server::Impl::on(std::size_t, Stopped stopped) {
  // A worker may end before it takes new servers over.
  if (*stopped.cache.servers == *current.upstreams) stopped_caches.push_back(std::move(stopped.cache.octets));
  if (++workers_stopped < options.workers) return;
  if (options.on_stopped) options.on_stopped(std::move(stopped_caches), *current.upstreams);
  loop.stop();
}

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

// systemd hears that we live only if every worker has answered since the last time.
void Server::Impl::ping_workers() {
  if (pongs < options.workers) return;
  pongs = 0;
  systemd::alive();
  for (auto& worker : workers) worker->request(Ping{});
}

void Server::Impl::take_snapshot(std::function<void(const Snapshot&)> done) {
  const auto request = snapshots.next();
  rules.start(request);
  snapshots.start(options.workers, [this, request, done = std::move(done)](const auto& parts) {
    auto sum = add_up(parts);
    sum.rules = rules.finish(request);
    done(sum);
  });
  for (auto& worker : workers) worker->request(TakeFigures{request});
}

std::size_t Server::Impl::flush_common(const FlushRequest& request) const {
  if (common_cache == nullptr) return 0;
  return request.name ? common_cache->flush(*request.name, request.below) : common_cache->flush_all();
}

Snapshot Server::Impl::add_up(const std::vector<WorkerSnapshot>& parts) const {
  Snapshot sum;
  sum.taken = read_tick();
  sum.started = started_at;
  sum.upstreams = current.upstreams;
  sum.workers = parts;
  for (const auto& part : parts) {
    stats::add(sum.counters, part.counters);
    sum.in_flight += part.in_flight;
    sum.latency.merge(part.latency);
    sum.cache_entries = std::max(sum.cache_entries, part.cache_entries);
    sum.cache_bytes += part.cache_bytes;
    sum.cache_evictions += part.cache_evictions;
    sum.tcp_clients += part.tcp_clients;
  }
  if (common_cache != nullptr) {
    sum.cache_entries = std::max(sum.cache_entries, common_cache->entry_count());
    sum.cache_bytes += common_cache->memory_bytes();
    sum.cache_evictions += common_cache->evictions();
  }
  return sum;
}

// --- the interface

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;

Expected<std::vector<Endpoint>, std::string> Server::listen() {
  raise_descriptor_limit();
  auto opened = open_listeners(impl_->options.listen, impl_->options.workers);
  if (!opened) return Unexpected{std::move(opened.error())};
  impl_->listeners = std::move(*opened);
  std::vector<Endpoint> bound;
  for (const auto& listener : impl_->listeners) bound.push_back(listener.address);
  return bound;
}

int Server::run(Loaded first, std::function<void()> started) {
  impl_->on_started = std::move(started);
  impl_->start(std::move(first));
  impl_->loop.run();
  impl_->workers.clear();
  return 0;
}

void Server::post(std::function<void()> work) {
  impl_->posted.post(std::move(work));
}

void Server::reload(std::function<void(const Loaded&)> done) {
  impl_->reload(LoadReason::Request, std::move(done));
}

void Server::load_changed_files() {
  impl_->reload(LoadReason::FileChange, {});
}

void Server::try_load(std::function<void(const Loaded&)> done) {
  if (impl_->stopping) return;
  impl_->wanted_trials.push_back(std::move(done));
  impl_->start_load_if_possible();
}

void Server::run_on_loader(std::function<void()> work) {
  impl_->reloader->run(std::move(work));
}

void Server::walk_cache(std::function<void(std::vector<CachedReply>)> done) {
  const auto request = ++impl_->last_walk;
  impl_->walks.emplace(request, Impl::Walk{{}, impl_->options.workers, std::move(done)});
  for (auto& worker : impl_->workers) worker->request(WalkCache{request, 0});
}

void Server::restore_cache(std::vector<std::vector<std::uint8_t>> images, Tick written) {
  const std::size_t workers = impl_->workers.size();
  if (impl_->stopping) return;
  for (std::size_t i = 0; i < workers && i < images.size(); ++i) {
    auto image = std::make_shared<CacheImage>();
    image->written = written;
    image->servers = impl_->current.upstreams;
    for (std::size_t from = i; from < images.size(); from += workers) {
      image->octets.insert(image->octets.end(), images[from].begin(), images[from].end());
    }
    impl_->workers[i]->request(RestoreCache{std::move(image)});
  }
}

void Server::take_snapshot(std::function<void(const Snapshot&)> done) {
  impl_->take_snapshot(std::move(done));
}

void Server::flush_cache(const FlushRequest& request, std::function<void(std::size_t)> done) {
  // The common cache first: what a worker has lost it must not take back from there.
  const std::size_t common = impl_->flush_common(request);
  const auto number = impl_->flushes.start(impl_->options.workers, [common, done = std::move(done)](const auto& parts) {
    // What the workers hold are for the most part copies of what was common.
    done(std::max(common, *std::max_element(parts.begin(), parts.end())));
  });
  for (auto& worker : impl_->workers) worker->request(FlushCache{number, request});
}

void Server::find_reply(const dns::Ask& ask, std::function<void(std::vector<std::uint8_t>)> done) {
  const auto number = impl_->replies.start(impl_->options.workers, [done = std::move(done)](const auto& parts) {
    const auto found = std::find_if(parts.begin(), parts.end(), [](const auto& wire) { return !wire.empty(); });
    done(found == parts.end() ? std::vector<std::uint8_t>{} : *found);
  });
  for (auto& worker : impl_->workers) worker->request(FindReply{number, ask});
}

const Current& Server::current() const noexcept {
  return impl_->current;
}

void Server::lift(policy::Lifts lifts) {
  impl_->current.lifts = std::move(lifts);
  if (!impl_->current.policy || impl_->stopping) return;
  impl_->current.activity = impl_->evaluate();
  impl_->deliver_to_all();
}

bool Server::is_loading() const noexcept {
  return impl_->reloader && impl_->reloader->is_loading();
}

void Server::believe_from(WallTime earliest) noexcept {
  impl_->options.earliest_time = earliest;
}

void Server::stop() noexcept {
  impl_->stop();
}

}  // namespace aven::server
