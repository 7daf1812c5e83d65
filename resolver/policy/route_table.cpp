#include "policy/route_table.h"

namespace aven::policy {

void RouteTable::add(const dns::Name& suffix, GroupIndex group, dns::RouteId route) {
  names_.update(suffix, [&](NameTable::Value value) {
    if (value == NameTable::None) {
      entries_.emplace_back();
      value = static_cast<NameTable::Value>(entries_.size());
    }
    entries_[value - 1].push_back({group, route});
    return value;
  });
}

RouteMatch RouteTable::find(const dns::Name& name, dns::Type type, GroupIndex group) const noexcept {
  if (entries_.empty()) return {};
  NameTable::Hits hits;
  names_.find_suffixes(type == dns::Type::DS ? name.without_first() : name, hits);
  for (const auto& hit : hits.all()) {
    const Entry* best = nullptr;
    for (const Entry& entry : entries_[hit.value - 1]) {
      if (entry.group == group || (entry.group == EveryGroup && best == nullptr)) best = &entry;
    }
    if (best != nullptr) return {best->route, hit.labels, true};
  }
  return {};
}

}  // namespace aven::policy
