// rehearse: what a new policy would newly block and newly allow among the replies that the caches hold, for any group of
// clients; who asked is not known and does not matter.
// Thread: any but a worker; allocates.
// Fails: never. Names that a rule blocks are not in the cache unless another group may ask them, so what is newly allowed
// is told as far as it is known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tick.h"
#include "policy/calendar.h"
#include "policy/policy.h"
#include "server/worker_messages.h"

namespace aven::app {

struct RehearsedName {
  std::string name;
  std::uint64_t asked = 0;          // in about the last hour
  std::vector<std::string> groups;  // for which it changes
};

struct Rehearsal {
  struct Side {
    std::size_t names = 0;
    std::uint64_t asked = 0;           // in about the last hour, over all of them
    std::vector<RehearsedName> first;  // the most asked ones
  };
  std::size_t names = 0;        // looked at
  std::uint64_t questions = 0;  // of the last hour, answered in whatever way
  Side blocked, allowed;        // newly

  // Of the last hour's questions, 0 to 100.
  double share_percent(const Side& side) const noexcept;
};

struct Rehearsed {
  const policy::Policy& policy;
  const policy::Calendar& calendar;
};

Rehearsal rehearse(const Rehearsed& before, const Rehearsed& after, const std::vector<server::CachedReply>& replies,
                   std::uint64_t questions, WallTime now);

}  // namespace aven::app
