#include "app/topology_checks.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

// "pointer: text" of each warning.
std::vector<std::string> warnings(const std::string& config) {
  Machine machine;
  machine.host_name = "dns1";
  machine.resolvers = {*Endpoint::parse("192.168.1.1:53")};
  const auto loaded = parse_config(policy::SourceText{"aven.json", config}, "/etc/aven", machine);
  for (const auto& problem : loaded.problems) CHECK(policy::to_text(problem) == "");
  std::vector<std::string> out;
  for (const auto& problem : topology_warnings(loaded.config)) {
    CHECK(problem.file == "aven.json");
    CHECK(problem.severity == policy::Severity::Warning);
    out.push_back(problem.pointer + ": " + problem.text);
  }
  return out;
}

bool tells(const std::vector<std::string>& texts, const std::string& part) {
  return texts.size() == 1 && texts[0].find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a server outside, and reverse routes for all groups, are nothing to warn of", "[topology_checks]") {
  CHECK(warnings(R"({"upstreams": {"default": {"servers": ["192.0.2.53"]}, "inside": {"servers": ["10.1.1.1"]}},
                     "groups": {"agents": ["10.10.0.0/16"]},
                     "routes": {"ville.example": "inside", "10.in-addr.arpa": "inside"}})")
            .empty());
}

TEST_CASE("a default server that is also a route's is where a loop may begin", "[topology_checks]") {
  const auto told = warnings(R"({"allow_from": ["172.16.0.0/12"],
    "upstreams": {"default": {"servers": ["10.1.1.1"]}, "inside": {"servers": ["10.1.1.1"], "trust_ad": true}},
    "routes": {"ville.example": "inside"}})");
  CHECK(tells(told, "/upstreams/default/servers: 10.1.1.1:53 is asked for everything and also stands in"));
}

TEST_CASE("a default server that may ask Aven is where a loop may begin", "[topology_checks]") {
  CHECK(tells(warnings("{}"), "/upstreams/default/servers: 192.168.1.1:53 is asked for everything and may ask Aven"));
  CHECK(warnings(R"({"allow_from": ["10.0.0.0/8"]})").empty());
}

TEST_CASE("a group's network without a reverse route is named with the zone to route", "[topology_checks]") {
  const std::string servers =
      R"("upstreams": {"default": {"servers": ["192.0.2.53"]}, "inside": {"servers": ["10.1.1.1"]}},)";
  CHECK(tells(
      warnings("{" + servers + R"("groups": {"a/b": ["10.20.128.0/17"]}, "routes": {"ville.example": "inside"}})"),
      "/groups/a~1b: 10.20.128.0/17 has no route for the names of its addresses; add one for 20.10.in-addr.arpa"));
  CHECK(
      tells(warnings("{" + servers + R"("groups": {"a": ["fd12:3456::/32"]}, "routes": {"ville.example": "inside"}})"),
            "6.5.4.3.2.1.d.f.ip6.arpa"));
  // Public addresses have public names; and without any route there is nobody inside to ask.
  CHECK(
      warnings("{" + servers + R"("groups": {"a": ["192.0.2.0/24"]}, "routes": {"ville.example": "inside"}})").empty());
  CHECK(warnings("{" + servers + R"("groups": {"a": ["10.20.0.0/16"]}})").empty());
}
