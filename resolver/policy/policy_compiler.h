// compile_policy: rules as written plus what the configuration says, to one immutable Policy, or every problem.
// Thread: the loader's.   Fails: with errors there is no policy; warnings and notes come beside one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

struct Group {
  std::string name;
  std::vector<Prefix> prefixes;
};

struct Route {
  dns::Name suffix;
  dns::RouteId route = dns::DefaultRoute;
  std::string group;  // empty = everyone
};

// What aven.json contributes. Places in problems are JSON pointers into `file`.
struct PolicySettings {
  std::string file = "aven.json";
  std::vector<Prefix> allow_from;
  std::vector<Group> groups;
  std::vector<MustResolve> must_resolve;  // `pack` empty; also the names of our own upstreams
  std::vector<Route> routes;
  std::vector<LocalRecord> records;
  std::vector<std::string> require;  // of owner, reason, legal_basis, valid_until, review_by, contact
  std::vector<IpAddress> sinkhole_ipv4, sinkhole_ipv6;
  std::uint32_t sinkhole_ttl = 30;
  std::string language = "en";
  std::string timezone = "UTC";
  std::string timezone_rule;  // for Calendar::for_zone()
  // What a statement says beside the rules, such as how questions are logged: it decides no answer, and counts for the id.
  std::vector<std::string> declared;
  // Keys the name table; drawn at random by the program. It changes no decision and no id.
  std::uint64_t hash_seed = 0;
};

struct CompiledPolicy {
  std::unique_ptr<const Policy> policy;  // null with errors
  Problems problems;
};

// `today` is for warnings (expired rules, reviews due within 30 days); it never changes the policy.
CompiledPolicy compile_policy(RuleSet rules, const PolicySettings& settings, std::uint64_t generation, WallTime today);

}  // namespace aven::policy
