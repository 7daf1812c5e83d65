#include "status/login_limits.h"

#include <algorithm>
#include <array>

namespace aven::status {
namespace {

IpAddress network_of(const IpAddress& address) noexcept {
  const auto plain = address.unmapped();
  if (plain.is_v4()) return plain;
  std::array<std::uint8_t, 16> octets{};
  std::copy_n(plain.octets().begin(), 8, octets.begin());
  return IpAddress::v6(octets);
}

}  // namespace

void LoginLimits::Tries::refill(Duration one, double most, Tick now) noexcept {
  const std::chrono::duration<double> passed = now - at;
  left = std::min(most, left + passed / std::chrono::duration<double>{one});
  at = now;
}

bool LoginLimits::take(const IpAddress& from, Tick now) {
  all_.refill(AllRefill, TriesInAll, now);
  if (all_.left < 1) return false;
  auto found = addresses_.find(network_of(from));
  if (found == addresses_.end()) {
    if (addresses_.size() >= MostAddresses) {
      for (auto& [address, tries] : addresses_) tries.refill(AddressRefill, TriesPerAddress, now);
      addresses_.erase(std::max_element(addresses_.begin(), addresses_.end(),
                                        [](const auto& a, const auto& b) { return a.second.left < b.second.left; }));
    }
    found = addresses_.emplace(network_of(from), Tries{TriesPerAddress, now}).first;
  }
  Tries& tries = found->second;
  tries.refill(AddressRefill, TriesPerAddress, now);
  if (tries.left < 1) return false;
  tries.left -= 1;
  all_.left -= 1;
  return true;
}

void LoginLimits::succeeded(const IpAddress& from) {
  addresses_.erase(network_of(from));
}

}  // namespace aven::status
