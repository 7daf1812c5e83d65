#include "unit/status/example_data.h"

#include <catch2/catch.hpp>

#include "policy/policy_compiler.h"
#include "policy/rule_file.h"

namespace aven::status {
namespace {

server::WorkerSnapshot worker() {
  server::WorkerSnapshot out;
  out.upstreams.resize(1);
  out.upstream_sockets = {3};
  return out;
}

}  // namespace

WallTime example_time() {
  return date::sys_days{date::year{2026} / 11 / 24} + std::chrono::hours{10};
}

StatusData example_data(const std::string& rules, WallTime wall) {
  policy::RuleTexts texts;
  texts.packs.push_back({"rules/example.json", R"({"format": 1, "pack": "example", "rules": )" + rules + "}"});
  auto loaded = policy::load_rules(texts);
  for (const auto& problem : loaded.problems) CHECK(policy::to_text(problem) == "");
  policy::PolicySettings settings;
  settings.groups = {{"agents", {*Prefix::parse("10.10.0.0/16")}}};
  auto compiled = policy::compile_policy(std::move(loaded.rules), settings, 1, wall);
  REQUIRE(compiled.policy);

  StatusData data;
  data.about = {"0.1.0", "fr", "Europe/Paris"};
  data.at = wall;
  data.current.policy = std::move(compiled.policy);
  data.current.calendar = *policy::Calendar::for_zone("Europe/Paris");
  auto upstreams = std::make_shared<upstream::UpstreamSet>();
  upstreams->servers.push_back({.endpoint = *Endpoint::parse("192.0.2.53:53"), .tls_name = {}, .path = {}});
  upstreams->pools.push_back({.name = "default", .servers = {0}});
  data.current.upstreams = upstreams;
  data.current.settings = std::make_shared<pipeline::Settings>();
  data.snapshot.upstreams = upstreams;
  data.snapshot.workers = {worker(), worker()};
  return data;
}

}  // namespace aven::status
