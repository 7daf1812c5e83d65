// ListFetcher: keeps lists by URL up to date in the background, each once in `refresh_hours`, a tenth earlier or later by
// chance; after a failure sooner, from five minutes on and doubling. What it knows of each survives a restart:
//   fetched/HASH        the list as it came
//   fetched/HASH.json   its version for conditional requests, and when it was asked for last
// Names are looked up at the servers that want() gives, never at this machine's resolver.
// Thread: its own; the public functions may be called from any. `changed` is called on its thread.
// Fails: by problems(); the list that is there stays.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/list_fetch.h"
#include "app/list_places.h"
#include "base/random.h"
#include "base/tick.h"
#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::app {

class ListFetcher {
 public:
  // `changed`: a list is another one than before; time to load.
  ListFetcher(ListPlaces places, std::function<void()> changed);
  ~ListFetcher();
  ListFetcher(const ListFetcher&) = delete;
  ListFetcher& operator=(const ListFetcher&) = delete;

  struct Wanted {
    std::vector<policy::ListReference> lists;  // of the rules in force
    std::vector<Endpoint> servers;             // to ask for the addresses of their hosts
    bool load = true;                          // call `changed`; else a new version waits for whoever loads next
  };
  void want(Wanted wanted);
  // Fetches no more and calls `changed` no more; want() changes nothing from then on. Waits for a request under way to
  // notice, a second or two; is_busy() says whether there is one.
  void end();
  // Lists whose last request failed.
  policy::Problems problems() const;
  bool is_busy() const noexcept { return busy_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    policy::ListReference list;
    ListVersion version;
    WallTime asked{};  // with success
    WallTime due{};
    unsigned failures = 0;
    std::string failure;
  };

  void run() noexcept;
  void fetch(const std::string& url, std::unique_lock<std::mutex>& lock);
  bool take(Job& job, const FetchResult& result);
  std::chrono::seconds pause_of(const Job& job);
  Job known(const policy::ListReference& list) const;

  const ListPlaces places_;
  const std::function<void()> changed_;
  std::atomic<bool> ending_{false}, busy_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Job> jobs_;  // by URL
  std::vector<Endpoint> servers_;
  bool load_ = true;
  SystemRandom random_;
  std::thread thread_;
};

}  // namespace aven::app
