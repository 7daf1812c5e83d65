// PrefixTable: an address to the value of the longest prefix that holds it, in one look-up (a binary search over ranges
// that do not overlap).
// Thread: any after build(); immutable.   Fails: never; an address in no prefix has value 0.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "base/net_address.h"

namespace aven::policy {

// A prefix of IPv4-mapped IPv6 addresses as the IPv4 prefix it stands for; any other as it is.
Prefix plain(const Prefix& prefix) noexcept;

class PrefixTable {
 public:
  struct Entry {
    Prefix prefix;
    std::uint32_t value;
  };
  // Of two entries with the same prefix the later one counts.
  static PrefixTable build(const std::vector<Entry>& entries);
  std::uint32_t find(const IpAddress& address) const noexcept;  // IPv4-mapped addresses count as IPv4
  std::size_t memory_bytes() const noexcept;

 private:
  struct Number {  // an address as 128 bits
    std::uint64_t high = 0, low = 0;
    static Number of(const IpAddress& address) noexcept;
    friend auto operator<=>(const Number&, const Number&) = default;
  };
  struct Range {  // from `start` to the next range's start
    Number start;
    std::uint32_t value;
  };
  static std::vector<Range> ranges_of(std::vector<Entry> entries);

  std::vector<Range> v4_, v6_;
};

}  // namespace aven::policy
