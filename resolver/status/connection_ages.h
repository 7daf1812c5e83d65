// ConnectionAges: since when each connection owes the end of a request. The HTTP library knows silence only: a client
// that sends or takes one octet now and then would hold its connection for ever.
// Thread: any; the lock is held for moments.
// Lifetime: between opened() and closed() the descriptor is open.
// Fails: never.
#pragma once

#include <map>
#include <sys/socket.h>

#include "base/guarded.h"
#include "base/tick.h"

namespace aven::status {

class ConnectionAges {
 public:
  explicit ConnectionAges(Duration most) : most_(most) {}

  void opened(int descriptor, Tick now) {
    since_.with([&](auto& since) { since[descriptor] = now; });
  }
  // A request is done; what comes next has its own time.
  void answered(int descriptor, Tick now) { opened(descriptor, now); }
  void closed(int descriptor) {
    since_.with([&](auto& since) { since.erase(descriptor); });
  }
  // Shuts down those whose time is over; the library then closes them. Gives how many.
  std::size_t end_slow(Tick now) {
    return since_.with([&](auto& since) {
      std::size_t ended = 0;
      for (const auto& [descriptor, begun] : since) {
        if (now - begun > most_ && ::shutdown(descriptor, SHUT_RDWR) == 0) ++ended;
      }
      return ended;
    });
  }

 private:
  const Duration most_;
  Guarded<std::map<int, Tick>> since_;
};

}  // namespace aven::status
