#include "server/server.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <sys/resource.h>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "server/server_impl.h"
#include "server/shares.h"
#include "server/systemd.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;

constexpr auto CalendarEvery = 1000ms;

// Sockets need descriptors: take what the system allows.
void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

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

// --- what it tells

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
