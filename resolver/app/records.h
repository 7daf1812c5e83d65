// Records: what `serve` keeps for later: the journal and who tells it, the archive of policies.
// Thread: control's; keep() is the loader's, journal() may be told by any.
// Lifetime: made before the server and destroyed after it.
// Fails: by problems; Aven answers on without a journal and without an archive.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/change_watch.h"
#include "app/config.h"
#include "app/journal.h"
#include "app/loading.h"
#include "app/policy_archive.h"
#include "base/guarded.h"
#include "base/tick.h"
#include "policy/problem.h"
#include "server/server.h"

namespace aven::app {

class Records {
 public:
  explicit Records(const Config& config);
  ~Records();
  Records(const Records&) = delete;
  Records& operator=(const Records&) = delete;

  ChangeSink& journal() noexcept { return *journal_; }
  // Writes what waits, with one attempt; nothing may be told any more. For an end that does not wait for the loader.
  void end_journal() { journal_.reset(); }
  ChangeWatch& changes() noexcept { return changes_; }

  // The first set is in force; its texts are kept soon, beside the answering.
  void started(LoadedSet& first);
  // The loader's: what loaded() has to tell of the set that was read last.
  void read(const LoadedSet& set);
  // `rules`: what the set changes.
  void loaded(server::LoadReason reason, const server::Loaded& result, std::vector<RuleChange> rules);
  // The loader's: keeps a set that is in force, whose policy has this id.
  policy::Problems keep(const LoadedSet& set, const std::string& id);

  // No clock that shows an earlier moment is believed.
  WallTime earliest_time() const;
  // What is wrong now, beside the files.
  policy::Problems problems(const server::Current& current) const;

 private:
  // What `set` changes against the policy that ran last, as far as its copy tells.
  ChangeWatch::News news_since_last(const LoadedSet& set) const;

  void join_keeper();

  // Of the set that was read last, without its rules.
  struct Read {
    ChangeWatch::News news;
    std::vector<ArchivedList> lists;
  };

  const ChangeWatch::Before before_;
  const PolicyArchive archive_;
  std::optional<Journal> journal_;
  ChangeWatch changes_;
  Guarded<Read> read_;
  Guarded<std::vector<ArchivedList>> lists_;  // of what runs

  std::mutex keeper_mutex_;
  std::thread keeper_;  // keeps the first set
};

}  // namespace aven::app
