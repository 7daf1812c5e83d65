#include "upstream/server_choice.h"

#include <algorithm>

namespace aven::upstream {
namespace {

using std::chrono::milliseconds;

constexpr Duration FirstUdpTimeout = milliseconds{376};      // as Unbound's
constexpr Duration FirstStreamTimeout = milliseconds{1000};  // it has to connect first
constexpr Duration LeastStreamTimeout = milliseconds{400};   // TCP repeats what is lost; it may have to connect anew
constexpr Duration MostTimeout = milliseconds{1500};
constexpr Duration LeastSecondTimeout = milliseconds{400};  // so that three tries do not fall into one short break
constexpr Duration HopelessTimeout = milliseconds{350};
constexpr Duration LeastLate = milliseconds{5};
constexpr std::size_t TriesPerServer = 3;   // for each transport (RFC 9520 section 3.1)
constexpr std::size_t LastResortTries = 1;  // by TCP, where UDP was silent: the kernel repeats what is lost
constexpr int ExtraCost = 20, MostExtraCredit = 10 * ExtraCost;
constexpr std::uint32_t ExploreOneIn = 64;

std::size_t tries_at(const AskInFlight& ask, ServerIndex server) noexcept {
  return static_cast<std::size_t>(
      std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) { return one.server == server; }));
}

std::size_t tries_at(const AskInFlight& ask, ServerIndex server, Transport transport) noexcept {
  return static_cast<std::size_t>(std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.transport == transport;
  }));
}

bool has_try_that_is(const AskInFlight& ask, ServerIndex server, Try::State state) noexcept {
  return std::any_of(ask.tries().begin(), ask.tries().end(),
                     [&](const Try& one) { return one.server == server && one.state == state; });
}

// Every try by UDP that a server gets was in vain, and nobody has answered at all.
bool has_lost_udp(const AskInFlight& ask, ServerIndex server) noexcept {
  const auto silent = std::count_if(ask.tries().begin(), ask.tries().end(), [&](const Try& one) {
    return one.server == server && one.transport == Transport::Udp && one.is_open();
  });
  return !ask.answered_badly && static_cast<std::size_t>(silent) >= TriesPerServer;
}

}  // namespace

std::vector<ServerIndex> ServerChoice::use(const UpstreamSet& set) {
  std::vector<ServerIndex> old_to_new(states_.size(), NoServer);
  std::vector<State> states(set.servers.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    states[i].server = set.servers[i];
    const auto same = std::find_if(states_.begin(), states_.end(), [&](const State& old) {
      return old.server == set.servers[i] && old_to_new[static_cast<std::size_t>(&old - states_.data())] == NoServer;
    });
    if (same == states_.end()) continue;
    states[i].health = same->health;
    states[i].cookie = same->cookie;
    old_to_new[static_cast<std::size_t>(same - states_.begin())] = static_cast<ServerIndex>(i);
  }
  states_ = std::move(states);
  return old_to_new;
}

bool ServerChoice::is_hopeless(const Pool& pool) const noexcept {
  return std::none_of(pool.servers.begin(), pool.servers.end(),
                      [&](ServerIndex server) { return states_[server].health.is_up(); });
}

bool ServerChoice::may_try(const AskInFlight& ask, ServerIndex server) const noexcept {
  const Transport next = transport(server, ask);
  const std::size_t most = next == Transport::Stream && has_lost_udp(ask, server) ? LastResortTries : TriesPerServer;
  return tries_at(ask, server, next) < most && !has_try_that_is(ask, server, Try::State::Bad) &&
         !has_try_that_is(ask, server, Try::State::Looped) && (states_[server].health.is_up() || !ask.answered_badly);
}

// Among servers that are down, the one that was asked least lately.
ServerChoice::Rank ServerChoice::rank(const Pool& pool, const AskInFlight& ask, ServerIndex server) const noexcept {
  const Health& health = states_[server].health;
  Rank out{!health.is_up(), tries_at(ask, server), health.is_suspect(), {}};
  if (out.down) {
    out.cost = health.last_sent().time_since_epoch();
  } else if (pool.strategy == Strategy::Fastest || pool.strategy == Strategy::Race) {
    out.cost = health.expected();
  }
  return out;
}

std::optional<ServerIndex> ServerChoice::pick(const Pool& pool, const AskInFlight& ask) noexcept {
  std::optional<ServerIndex> best;
  Rank best_rank;
  std::uint32_t equals = 0;  // the weight of those that are as good
  for (std::size_t i = 0; i < pool.servers.size(); ++i) {
    const ServerIndex server = pool.servers[i];
    if (!may_try(ask, server)) continue;
    const Rank candidate = rank(pool, ask, server);
    if (best && candidate > best_rank) continue;
    const bool equal = best && candidate == best_rank;
    const std::uint32_t weight = i < pool.weights.size() ? pool.weights[i] : 1;
    equals = equal ? equals + weight : weight;
    if (equal && (pool.strategy == Strategy::Ordered || random_.below(equals) >= weight)) continue;
    best = server;
    best_rank = candidate;
  }
  return best;
}

std::optional<ServerIndex> ServerChoice::pick_second(const Pool& pool, const AskInFlight& ask) noexcept {
  const auto second = pick(pool, ask);
  if (!second || tries_at(ask, *second) > 0) return std::nullopt;
  const Health& health = states_[*second].health;
  return health.is_up() && !health.is_suspect() ? second : std::nullopt;
}

std::optional<ServerIndex> ServerChoice::pick_aside(const Pool& pool, const AskInFlight& ask, Tick now) noexcept {
  if (pool.servers.size() < 2 || ask.hopeless) return std::nullopt;  // a hopeless ask is a probe itself
  for (const ServerIndex server : pool.servers) {
    if (!states_[server].health.wants_probe(now) || tries_at(ask, server) > 0) continue;
    states_[server].health.on_probe(now);
    return server;
  }
  if (pool.strategy != Strategy::Fastest || random_.below(ExploreOneIn) != 0) return std::nullopt;
  const ServerIndex other = pool.servers[random_.below(static_cast<std::uint32_t>(pool.servers.size()))];
  const bool worth_it = tries_at(ask, other) == 0 && states_[other].health.is_up();
  return worth_it && take_extra() ? std::optional{other} : std::nullopt;
}

Transport ServerChoice::transport(ServerIndex server, const AskInFlight& ask) const noexcept {
  const bool stream = ask.force_stream || has_try_that_is(ask, server, Try::State::Truncated) ||
                      is_native(server, Transport::Stream) || has_lost_udp(ask, server);
  return stream ? Transport::Stream : Transport::Udp;
}

bool ServerChoice::is_native(ServerIndex server, Transport transport) const noexcept {
  return (states_[server].server.protocol == Protocol::Plain) == (transport == Transport::Udp);
}

Duration ServerChoice::patience(ServerIndex server, Transport transport, const AskInFlight& ask) const noexcept {
  if (ask.hopeless) return HopelessTimeout;
  if (!is_native(server, transport)) return FirstStreamTimeout;
  const bool is_udp = transport == Transport::Udp;
  const Duration measured = states_[server].health.retransmit_after(is_udp ? FirstUdpTimeout : FirstStreamTimeout);
  const Duration first = is_udp ? measured : std::max(measured, LeastStreamTimeout);
  const std::size_t earlier = tries_at(ask, server, transport);
  if (earlier == 0) return first;
  return std::clamp(first * (1 << std::min<std::size_t>(earlier, 4)), LeastSecondTimeout, MostTimeout);
}

std::optional<Duration> ServerChoice::late_after(ServerIndex server) const noexcept {
  const auto percentile = states_[server].health.percentile_95();
  return percentile ? std::optional{std::max(*percentile, LeastLate)} : std::nullopt;
}

void ServerChoice::count_ask() noexcept {
  extra_credit_ = std::min(extra_credit_ + 1, MostExtraCredit);
}

bool ServerChoice::take_extra() noexcept {
  if (extra_credit_ < ExtraCost) return false;
  extra_credit_ -= ExtraCost;
  return true;
}

ServerHealth ServerChoice::shown(ServerIndex server) const noexcept {
  return server < states_.size() ? states_[server].health.shown() : ServerHealth{};
}

}  // namespace aven::upstream
