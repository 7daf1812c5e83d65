// ClientLimits: how much one client may ask: queries a second (token bucket with one second's burst) and queries waiting
// at once. Clients are kept in a fixed table; the one that is idle longest makes room.
// Thread: the worker's; no allocation after construction.
// Fails: never. When all places for a client are taken by clients with waiting queries it goes unlimited.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/net_address.h"
#include "base/tick.h"

namespace aven::pipeline {

class ClientLimits {
 public:
  explicit ClientLimits(std::uint64_t hash_seed);

  // Takes one query of `per_second`; false when the client has used them up.
  bool take_query(const IpAddress& client, std::uint32_t per_second, Tick now) noexcept;
  // Counts one waiting query, unless the client has `most` already.
  bool start_waiting(const IpAddress& client, std::size_t most, Tick now) noexcept;
  void stop_waiting(const IpAddress& client) noexcept;

 private:
  static constexpr std::size_t Sets = 1024;
  static constexpr std::size_t Ways = 4;
  struct Client {
    IpAddress address;
    bool used = false;
    std::uint32_t waiting = 0;
    std::int64_t credit_ns = 0;  // one query costs 1 s / per_second
    Tick seen{};
  };

  std::array<Client, Ways>& set_of(const IpAddress& address) noexcept;
  Client* find(const IpAddress& address) noexcept;
  Client* find_or_add(const IpAddress& address, Tick now) noexcept;

  std::uint64_t seed_;
  std::vector<std::array<Client, Ways>> sets_;
};

}  // namespace aven::pipeline
