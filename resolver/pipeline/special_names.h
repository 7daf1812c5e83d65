// Special-use names and private reverse zones that are answered here and not asked anywhere (RFC 6303, 6761, 6762, 7686,
// 7793, 8375, 9031, 9140, 9462, 9665), unless the configuration routes them.
// Thread: any; the table is built once and never changes.   Fails: never.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dns/name.h"

namespace aven::pipeline {

struct SpecialZone {
  enum class Kind : std::uint8_t {
    Localhost,  // 127.0.0.1 and ::1, NODATA for the rest
    Denied,     // NXDOMAIN for the apex and below
    Empty,      // NODATA at the apex, NXDOMAIN below
    Discovery,  // resolver.arpa: as Empty, and NODATA at _dns.resolver.arpa (RFC 9462 section 4)
  };
  Kind kind = Kind::Denied;
  bool routable = true;          // a route may take it; `localhost`, `onion`, `invalid` and `resolver.arpa` never
  bool private_reverse = false;  // addresses of private networks: `private_reverse` of the configuration speaks
  std::size_t labels = 0;        // of the apex
};

// The special zone that holds `name`, or null.
const SpecialZone* find_special_zone(const dns::Name& name) noexcept;
// In `resolver.arpa`: a device looks for encrypted resolvers (RFC 9462).
bool is_discovery(const dns::Name& name) noexcept;

// The name that we ask ourselves to see whether we answer; below `invalid`, so nobody else is ever asked for it.
const dns::Name& own_probe_name() noexcept;

}  // namespace aven::pipeline
