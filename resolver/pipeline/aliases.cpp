#include "pipeline/aliases.h"

namespace aven::pipeline {

dns::Name follow_records(const policy::Policy& policy, const dns::Name& name, dns::Type type, Aliases& out) noexcept {
  dns::Name at = name;
  if (type == dns::Type::CNAME) return at;
  while (!out.full()) {
    const policy::LocalRecord* alias = nullptr;
    for (const auto& record : policy.records_at(at)) {
      if (record.type == dns::Type::CNAME) alias = &record;
    }
    if (alias == nullptr) break;
    const auto target = dns::Name::from_wire(alias->rdata);
    if (!target) break;
    out.add(at, *target, alias->ttl);
    at = *target;
  }
  return at;
}

}  // namespace aven::pipeline
