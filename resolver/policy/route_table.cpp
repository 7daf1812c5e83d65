#include "policy/route_table.h"

namespace aven::policy {

void RouteTable::add(const dns::Name& suffix, GroupIndex group, dns::RouteId route) {
  auto place = names_.insert(suffix);
  if (place.get() == NameTable::None) {
    entries_.emplace_back();
    place.set(static_cast<NameTable::Value>(entries_.size()));
  }
  entries_[place.get() - 1].push_back({group, route});
}

RouteMatch RouteTable::find(const dns::Name& name, dns::Type type, GroupIndex group) const noexcept {
  RouteMatch match;
  if (entries_.empty()) return match;
  names_.find_suffixes(type == dns::Type::DS ? name.without_first() : name,
                       [&](std::size_t labels, NameTable::Value value) {
                         if (match.found) return;  // a longer suffix has spoken
                         const Entry* best = nullptr;
                         for (const Entry& entry : entries_[value - 1]) {
                           if (entry.group == group || (entry.group == EveryGroup && best == nullptr)) best = &entry;
                         }
                         if (best != nullptr) match = {best->route, labels, true};
                       });
  return match;
}

}  // namespace aven::policy
