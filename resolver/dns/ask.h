// Ask: one question as we put it to an upstream, and the key of caches and of questions in flight.
// `route` tells whose answer it is: the same name asked over two routes is two questions.
// Thread: any; a value.
#pragma once

#include <cstdint>

#include "dns/name.h"
#include "dns/wire.h"

namespace aven::dns {

using RouteId = std::uint16_t;
inline constexpr RouteId DefaultRoute = 0;
// Nobody is asked: such a route is its own answer.
inline constexpr RouteId RefuseRoute = 0xfffe, NxdomainRoute = 0xffff;

struct Ask {
  Name name;
  Type type = Type::A;
  Class class_ = Class::IN;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  RouteId route = DefaultRoute;

  friend bool operator==(const Ask&, const Ask&) = default;
  // A keyed hash (XXH3 with a per-process secret `seed`): strangers must not be able to choose collisions.
  std::uint64_t hash(std::uint64_t seed) const noexcept;
};

}  // namespace aven::dns
