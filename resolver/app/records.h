// Records: what `serve` keeps for later: the journal, and who tells it.
// Thread: control's; journal() may be told by any.
// Lifetime: made before the server and destroyed after it.
// Fails: by problems(); Aven answers on without a journal.
#pragma once

#include "app/change_watch.h"
#include "app/config.h"
#include "app/journal.h"
#include "app/loading.h"
#include "base/tick.h"
#include "policy/problem.h"
#include "server/server.h"

namespace aven::app {

class Records {
 public:
  explicit Records(const Config& config);

  ChangeSink& journal() noexcept { return journal_; }
  ChangeWatch& changes() noexcept { return changes_; }

  void started(const LoadedSet& first);
  // No clock that shows an earlier moment is believed.
  WallTime earliest_time() const;
  // What is wrong now, beside the files.
  policy::Problems problems(const server::Current& current) const;

 private:
  const ChangeWatch::Before before_;
  Journal journal_;
  ChangeWatch changes_;
};

}  // namespace aven::app
