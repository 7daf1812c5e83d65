// Server: the control side of the daemon. It binds the addresses, starts workers and the loader, reloads on
// SIGHUP, on a changed file or when asked, evaluates the rules' calendar each second, gathers figures, and
// ends within a second of SIGTERM or SIGINT.
//
//   Server server{options};
//   auto bound = server.listen();                       // one sentence if it cannot; nothing stays half open
//   ... load, print what is in force ...
//   return server.run(std::move(first));                // until SIGTERM, SIGINT or stop()
//
// Thread: all of it belongs to the thread that calls run() (control), but post(), which any thread may
// call. The load function runs on the loader's thread, the callbacks on control.
// Ownership: owns everything that it starts; what Loaded brings is shared and never changes. A policy is
// freed by the loader, so give back (do not keep) policies that current() showed.
// Fails: listen() with one sentence; after that never: a refused load keeps what runs and says why.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/net_address.h"
#include "base/tick.h"
#include "dns/ask.h"
#include "pipeline/pipeline.h"
#include "pipeline/settings.h"
#include "policy/calendar.h"
#include "policy/policy.h"
#include "policy/problem.h"
#include "server/loaded.h"
#include "server/log_writer.h"
#include "server/snapshot.h"
#include "server/worker_messages.h"
#include "upstream/upstream_set.h"

namespace aven::server {

struct ServerOptions {
  std::vector<Endpoint> listen;     // port 0: any free one, the same number for UDP and TCP
  std::size_t workers = 1;          // at least 1
  pipeline::Pipeline::Sizes sizes;  // totals; each worker gets its share
  LoadFunction load;
  LogWriter* log = nullptr;  // has a ring for each worker; outlives the server. Optional.
  // Told of every load after the first, refused ones included, trials not (control's thread). Optional.
  std::function<void(LoadReason reason, const Loaded& result)> on_loaded;
  // Asked before a usable set after the first comes into force (control's thread); calls `decide` once, now or later,
  // on control. Optional: every usable set is installed, a trial forgotten.
  std::function<void(LoadReason reason, const Loaded& loaded, Decide decide)> review;
  // Called each second while it serves (control's thread). Optional.
  std::function<void()> each_second;
  // Set: each worker's cache is written down when it ends (cache/cache_image.h); called once, before run() returns, with
  // the servers whose replies they are (control's thread).
  std::function<void(std::vector<std::vector<std::uint8_t>> images, const upstream::UpstreamSet& servers)> on_stopped;
  // A clock that shows an earlier moment is not believed: rules stay on or off as they are, and a policy that comes
  // meanwhile is taken as at this moment. Default: always believed.
  WallTime earliest_time{};
};

// What the workers decide from now.
struct Current {
  std::shared_ptr<const policy::Policy> policy;
  std::shared_ptr<const policy::Activity> activity;
  std::optional<policy::Calendar> calendar;
  std::shared_ptr<const upstream::UpstreamSet> upstreams;
  std::shared_ptr<const pipeline::Settings> settings;  // as loaded: totals
  policy::Problems problems;                           // of the last load, refused or not, and `troubles`
  std::map<std::string, std::string> troubles;         // why an upstream cannot be asked, by its text()
  policy::Lifts lifts;                                 // pauses and exemptions
  bool clock_believed = true;
  WallTime loaded{};  // when the policy came into force
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and listens on every address. Gives what was bound, ports filled in; an
  // address that a wildcard covers is not told again.
  Expected<std::vector<Endpoint>, std::string> listen();

  // Serves; `first` must be usable, its policy has generation 1 or more. Returns 0 when asked to end.
  // `started` runs on control once the workers answer.
  int run(Loaded first, std::function<void()> started = {});

  // Runs `work` on control, soon; nothing if run() has returned. Any thread.
  void post(std::function<void()> work);

  // Control's thread, inside run():
  // Starts a load; requests while one is under way become one more load. `done` gets its result.
  void reload(std::function<void(const Loaded&)> done = {});
  // The same, as a watched file that changes does it.
  void load_changed_files();
  // Loads and reviews, and installs nothing.
  void try_load(std::function<void(const Loaded&)> done);
  // Runs `work` on the loader's thread, in turn.
  void run_on_loader(std::function<void()> work);
  // Every reply that the workers' caches hold, read bit by bit between their batches.
  void walk_cache(std::function<void(std::vector<CachedReply>)> done);
  // Puts what on_stopped brought into the caches, bit by bit between the workers' batches. `written`: when that was. It
  // must be of the servers that run now; what is kept meanwhile is newer and stays.
  void restore_cache(std::vector<std::vector<std::uint8_t>> images, Tick written);
  void take_snapshot(std::function<void(const Snapshot&)> done);
  // `done` gets how many replies went, several workers' copies of one counted once.
  void flush_cache(const FlushRequest& request, std::function<void(std::size_t)> done);
  // A reply that a worker keeps for this question, in wire form; empty if none does.
  void find_reply(const dns::Ask& ask, std::function<void(std::vector<std::uint8_t>)> done);
  const Current& current() const noexcept;
  // Pauses and exemptions from now on, in force at once; also before run().
  void lift(policy::Lifts lifts);
  // Moves ServerOptions::earliest_time.
  void believe_from(WallTime earliest) noexcept;
  void stop() noexcept;  // what SIGTERM does

  // After run(): a load is under way, and the destructor would wait for its end. Who must end at once leaves
  // by std::_Exit when all else is closed.
  bool is_loading() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aven::server
