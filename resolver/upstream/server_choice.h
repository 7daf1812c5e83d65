// ServerChoice: whom to ask next, and how long to wait for it. An ask goes to the servers that are up, by
// the pool's strategy, to those that it has tried least first; to one that is down only if no other is
// left: the last one is never given up. Beside that, a server that fails is probed at growing intervals by
// an ask that somebody else answers, so that no client waits for a probe. Extra questions (a second server
// when the first is late, a look at a slower server) are at most 1 for 20 asks.
// Thread: the worker's; chance comes in as an argument.
// Fails: pick() gives nothing when the ask has used up all.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "base/tick.h"
#include "upstream/in_flight.h"
#include "upstream/server_cookie.h"
#include "upstream/server_health.h"
#include "upstream/upstream_set.h"

namespace aven::upstream {

class ServerChoice {
 public:
  explicit ServerChoice(RandomSource& random) noexcept : random_(random) {}

  // Health and cookie of servers that stay are kept. Gives where each old index is now, or NoServer.
  std::vector<ServerIndex> use(const UpstreamSet& set);

  // All servers of the pool are down: the ask will most probably fail.
  bool is_hopeless(const Pool& pool) const noexcept;
  // The server for the ask's next try.
  std::optional<ServerIndex> pick(const Pool& pool, const AskInFlight& ask) noexcept;
  // A server that is well and that this ask has not tried.
  std::optional<ServerIndex> pick_second(const Pool& pool, const AskInFlight& ask) noexcept;
  // A server to ask beside the one that was picked, only to learn how it is.
  std::optional<ServerIndex> pick_aside(const Pool& pool, const AskInFlight& ask, Tick now) noexcept;

  // The transport for the ask's next try there.
  Transport transport(ServerIndex server, const AskInFlight& ask) const noexcept;
  bool is_native(ServerIndex server, Transport transport) const noexcept;
  // How long to wait for that try before another.
  Duration patience(ServerIndex server, Transport transport, const AskInFlight& ask) const noexcept;
  // When a second server is worth asking: later than 95 of 100 of its answers. Nothing if that is not known
  // yet.
  std::optional<Duration> late_after(ServerIndex server) const noexcept;

  void count_ask() noexcept;
  [[nodiscard]] bool take_extra() noexcept;

  Health& health(ServerIndex server) noexcept { return states_[server].health; }
  ServerCookie& cookie(ServerIndex server) noexcept { return states_[server].cookie; }
  ServerHealth shown(ServerIndex server) const noexcept;

 private:
  struct State {
    Server server;
    Health health;
    ServerCookie cookie;
  };
  struct Rank {
    bool down = false;
    std::size_t tries = 0;
    bool suspect = false;
    Duration cost{};
    auto operator<=>(const Rank&) const = default;
  };

  Rank rank(const Pool& pool, const AskInFlight& ask, ServerIndex server) const noexcept;
  bool may_try(const AskInFlight& ask, ServerIndex server) const noexcept;

  RandomSource& random_;
  std::vector<State> states_;
  int extra_credit_ = 0;
};

}  // namespace aven::upstream
