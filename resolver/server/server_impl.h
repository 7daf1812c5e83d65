// What the server is made of: start, end and what it tells (server.cpp), reloading and what workers decide from
// (server_load.cpp). Private to these files.
// Thread: control's.
#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "cache/common_cache.h"
#include "server/gathering.h"
#include "server/listen_address.h"
#include "server/reloader.h"
#include "server/rule_book.h"
#include "server/server.h"
#include "server/tcp_admission.h"
#include "server/upstream_troubles.h"
#include "server/worker.h"
#include "uv/file_watch.h"
#include "uv/loop.h"
#include "uv/mailbox.h"
#include "uv/process_signal.h"
#include "uv/timer.h"

namespace aven::server {

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

}  // namespace aven::server
