// LoginLimits: how often a password may be tried, from one address (one /64 of IPv6) and in all. What is left refills
// steadily; a success gives an address its tries back.
// Thread: the HTTP thread's.
// Fails: never; remembers a bounded number of addresses, for whom it forgets their tries have refilled or are few.
#pragma once

#include <map>

#include "base/net_address.h"
#include "base/tick.h"

namespace aven::status {

class LoginLimits {
 public:
  static constexpr double TriesPerAddress = 5, TriesInAll = 30;
  static constexpr Duration AddressRefill = std::chrono::minutes{3}, AllRefill = std::chrono::seconds{2};  // one try
  static constexpr std::size_t MostAddresses = 4096;

  // Takes one try; false: none is left.
  bool take(const IpAddress& from, Tick now);
  void succeeded(const IpAddress& from);

 private:
  struct Tries {
    double left = 0;
    Tick at{};
    void refill(Duration one, double most, Tick now) noexcept;
  };
  std::map<IpAddress, Tries> addresses_;
  Tries all_{TriesInAll, {}};
};

}  // namespace aven::status
