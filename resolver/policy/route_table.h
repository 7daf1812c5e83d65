// RouteTable: names to routes, the most specific suffix first; a route may be for one group only.
// Thread: any after the last add(); then it never changes.   Fails: never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dns/ask.h"
#include "policy/name_table.h"

namespace aven::policy {

using GroupIndex = std::uint16_t;  // 0 = "default": clients that are in no group
inline constexpr GroupIndex EveryGroup = UINT16_MAX;

struct RouteMatch {
  dns::RouteId route = dns::DefaultRoute;
  std::size_t labels = 0;  // of the suffix that was found
  bool found = false;
};

class RouteTable {
 public:
  // For clients of `group`, or of every group that has no route of its own at this suffix.
  void add(const dns::Name& suffix, GroupIndex group, dns::RouteId route);
  // DS stands in the parent zone (RFC 4035 section 3.1.4.1): it is routed by the name above.
  RouteMatch find(const dns::Name& name, dns::Type type, GroupIndex group) const noexcept;

 private:
  struct Entry {
    GroupIndex group;
    dns::RouteId route;
  };
  NameTable names_;
  std::vector<std::vector<Entry>> entries_;  // by the name's value, less 1
};

}  // namespace aven::policy
