#include "pipeline/client_limits.h"

#include <algorithm>
#include <xxhash.h>

namespace aven::pipeline {
namespace {

constexpr std::int64_t SecondNs = 1'000'000'000;

}  // namespace

ClientLimits::ClientLimits(std::uint64_t hash_seed) : seed_(hash_seed), sets_(Sets) {}

std::array<ClientLimits::Client, ClientLimits::Ways>& ClientLimits::set_of(const IpAddress& address) noexcept {
  const auto octets = address.octets();
  return sets_[XXH3_64bits_withSeed(octets.data(), octets.size(), seed_) % Sets];
}

ClientLimits::Client* ClientLimits::find(const IpAddress& address) noexcept {
  for (Client& client : set_of(address)) {
    if (client.used && client.address == address) return &client;
  }
  return nullptr;
}

ClientLimits::Client* ClientLimits::find_or_add(const IpAddress& address, Tick now) noexcept {
  if (Client* known = find(address); known != nullptr) return known;
  Client* place = nullptr;
  for (Client& client : set_of(address)) {
    if (client.used && client.waiting > 0) continue;
    if (place == nullptr || !client.used || (place->used && client.seen < place->seen)) place = &client;
  }
  if (place != nullptr) *place = Client{address, true, 0, SecondNs, now};
  return place;
}

bool ClientLimits::take_query(const IpAddress& client, std::uint32_t per_second, Tick now) noexcept {
  Client* known = find_or_add(client, now);
  if (known == nullptr) return true;
  known->credit_ns = std::min<std::int64_t>(SecondNs, known->credit_ns + (now - known->seen).count());
  known->seen = now;
  const std::int64_t price = SecondNs / per_second;
  if (known->credit_ns < price) return false;
  known->credit_ns -= price;
  return true;
}

bool ClientLimits::start_waiting(const IpAddress& client, std::size_t most, Tick now) noexcept {
  Client* known = find_or_add(client, now);
  if (known == nullptr) return true;
  if (known->waiting >= most) return false;
  ++known->waiting;
  return true;
}

void ClientLimits::stop_waiting(const IpAddress& client) noexcept {
  if (Client* known = find(client); known != nullptr && known->waiting > 0) --known->waiting;
}

}  // namespace aven::pipeline
