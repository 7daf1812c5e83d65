// TcpAdmission: how many TCP connections there are, in all and of each client, over all workers.
// Thread: any (a lock, once for each connection, never for a query).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "base/guarded.h"
#include "base/net_address.h"
#include "server/limits.h"

namespace aven::server {

class TcpAdmission {
 public:
  enum class Result : std::uint8_t { Admitted, TooMany, TooManyOfClient };

  // An admitted connection must be released.
  Result admit(const IpAddress& client, const TcpLimits& limits) {
    return state_.with([&](State& state) {
      if (state.total >= limits.connections) return Result::TooMany;
      const auto found = state.by_client.find(client);
      if (found != state.by_client.end() && found->second >= limits.per_client) return Result::TooManyOfClient;
      ++state.by_client[client];
      ++state.total;
      return Result::Admitted;
    });
  }
  void release(const IpAddress& client) {
    state_.with([&](State& state) {
      const auto found = state.by_client.find(client);
      if (--found->second == 0) state.by_client.erase(found);
      --state.total;
    });
  }

 private:
  struct State {
    std::size_t total = 0;
    std::map<IpAddress, std::size_t> by_client;
  };
  Guarded<State> state_;
};

}  // namespace aven::server
