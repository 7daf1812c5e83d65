// Aliases: the CNAMEs that we put before a reply ourselves: recorded ones, or a rule's redirect.
// Thread: any; a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/name.h"
#include "policy/policy.h"

namespace aven::pipeline {

struct Alias {
  dns::Name owner, target;
  std::uint32_t ttl = 0;
};

struct Aliases {
  static constexpr std::size_t Most = 8;
  std::array<Alias, Most> links;
  std::size_t size = 0;

  std::span<const Alias> all() const noexcept { return std::span{links}.first(size); }
  void add(const dns::Name& owner, const dns::Name& target, std::uint32_t ttl) noexcept {
    links[size++] = {owner, target, ttl};
  }
  bool full() const noexcept { return size == Most; }
};

// Follows recorded CNAMEs from `name` (unless CNAME itself is asked for) and returns the name where they end.
dns::Name follow_records(const policy::Policy& policy, const dns::Name& name, dns::Type type, Aliases& out) noexcept;

}  // namespace aven::pipeline
