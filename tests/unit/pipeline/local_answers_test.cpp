#include "pipeline/local_answers.h"

#include <catch2/catch.hpp>

#include "dns/record_text.h"
#include "support/client_answer.h"
#include "support/message_builder.h"
#include "support/pipeline_rig.h"

using namespace aven;
using namespace aven::pipeline;
using Lines = std::vector<std::string>;

namespace {

policy::LocalRecord record(const std::string& line) {
  const auto parsed = dns::parse_record(line).value();
  return {parsed.owner, parsed.type, parsed.ttl, parsed.rdata};
}

test::PipelineRig rig_with(policy::PolicySettings settings = {}, Settings pipeline_settings = {}) {
  return test::PipelineRig{{}, std::move(settings), std::move(pipeline_settings)};
}

test::ClientAnswer ask(test::PipelineRig& rig, const test::ClientQuery& query) {
  rig.ask(test::to_wire(query));
  REQUIRE_FALSE(rig.answer().empty());
  REQUIRE(rig.asked_upstream().empty());
  return test::read_answer(rig.answer());
}

bool is_forwarded(test::PipelineRig& rig, const test::ClientQuery& query) {
  rig.ask(test::to_wire(query));
  return !rig.asked_upstream().empty();
}

upstream::UpstreamSet upstreams_at(const char* address) {
  upstream::UpstreamSet set;
  upstream::Server server;
  server.endpoint = {IpAddress::parse(address).value(), 53};
  set.servers.push_back(server);
  set.pools.push_back({.name = "default", .servers = {0}});
  return set;
}

}  // namespace

TEST_CASE("a zone is answered here unless its route has a better claim", "[pipeline]") {
  const auto* zone = find_special_zone(test::name_of("1.10.in-addr.arpa"));
  const auto* onion = find_special_zone(test::name_of("x.onion"));
  const auto far = upstreams_at("192.0.2.53");
  const auto near = upstreams_at("10.0.0.53");
  policy::RouteMatch none, exact, short_one;
  exact.found = short_one.found = true;
  exact.labels = zone->labels;
  short_one.labels = zone->labels - 1;

  REQUIRE(is_answered_here(*zone, none, PrivateReverse::Auto, far));
  REQUIRE_FALSE(is_answered_here(*zone, none, PrivateReverse::Auto, near));
  REQUIRE(is_answered_here(*zone, none, PrivateReverse::Local, near));
  REQUIRE_FALSE(is_answered_here(*zone, none, PrivateReverse::Forward, far));
  REQUIRE_FALSE(is_answered_here(*zone, exact, PrivateReverse::Local, far));
  REQUIRE(is_answered_here(*zone, short_one, PrivateReverse::Local, far));
  exact.labels = 9;
  REQUIRE(is_answered_here(*onion, exact, PrivateReverse::Auto, far));
}

TEST_CASE("the server tells its name and version in class CH and nothing else there", "[pipeline]") {
  auto rig = rig_with({}, {.server_id = "city-1", .version = "Aven"});
  const auto text = [&](const std::string& name) { return ask(rig, {.name = name, .type = "TXT", .class_ = "CH"}); };
  REQUIRE(text("version.bind").answer == Lines{"version.bind. 0 CH TXT \"Aven\""});
  REQUIRE(text("VERSION.server").answer == Lines{"VERSION.server. 0 CH TXT \"Aven\""});
  REQUIRE(text("id.server").answer == Lines{"id.server. 0 CH TXT \"city-1\""});
  REQUIRE(text("hostname.bind").answer == Lines{"hostname.bind. 0 CH TXT \"city-1\""});
  REQUIRE(text("authors.bind").rcode == "REFUSED");
  REQUIRE(ask(rig, {.name = "version.bind", .type = "A", .class_ = "CH"}).rcode == "REFUSED");
  REQUIRE(ask(rig, {.name = "example.com", .type = "A", .class_ = "HS"}).rcode == "REFUSED");
}

TEST_CASE("transfers and obsolete mail types are turned down", "[pipeline]") {
  auto rig = rig_with();
  REQUIRE(ask(rig, {.name = "example.com", .type = "AXFR"}).rcode == "REFUSED");
  REQUIRE(ask(rig, {.name = "example.com", .type = "IXFR"}).rcode == "REFUSED");
  REQUIRE(ask(rig, {.name = "example.com", .type = "MAILB"}).rcode == "NOTIMPL");
}

TEST_CASE("a recorded name is answered, its neighbours are forwarded", "[pipeline]") {
  policy::PolicySettings settings;
  settings.records = {record("printer.ville.example. 300 IN A 10.10.1.9")};
  auto rig = rig_with(settings);
  REQUIRE(ask(rig, {.name = "printer.ville.example"}).answer == Lines{"printer.ville.example. 300 IN A 10.10.1.9"});
  REQUIRE(ask(rig, {.name = "printer.ville.example", .type = "AAAA"}).answer.empty());
  REQUIRE(ask(rig, {.name = "printer.ville.example", .recursion_desired = false}).answer.size() == 1);
  REQUIRE(is_forwarded(rig, {.name = "ville.example"}));
  REQUIRE(is_forwarded(rig, {.name = "a.printer.ville.example"}));
}

TEST_CASE("a recorded alias asks for its target, and stands alone without recursion", "[pipeline]") {
  policy::PolicySettings settings;
  settings.records = {record("intranet.example. 300 IN CNAME www.example.com.")};
  auto rig = rig_with(settings);
  REQUIRE(ask(rig, {.name = "intranet.example", .recursion_desired = false}).answer ==
          Lines{"intranet.example. 300 IN CNAME www.example.com."});
  REQUIRE(is_forwarded(rig, {.name = "intranet.example"}));
  REQUIRE(test::read_answer(rig.asked_upstream()).question == "www.example.com. IN A");
}

TEST_CASE("special names never leave", "[pipeline]") {
  auto rig = rig_with();
  REQUIRE(ask(rig, {.name = "abc.onion"}).rcode == "NXDOMAIN");
  REQUIRE(ask(rig, {.name = "localhost"}).answer == Lines{"localhost. 86400 IN A 127.0.0.1"});
  REQUIRE(ask(rig, {.name = "9.1.10.10.in-addr.arpa", .type = "PTR"}).rcode == "NXDOMAIN");
}
