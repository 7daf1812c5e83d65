#include "status/status_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "unit/status/example_data.h"

namespace aven::status {
namespace {

using nlohmann::json;

constexpr const char* OneRule = R"([{"id": "one", "action": "sinkhole", "domains": ["one.example"],
  "valid_from": "2026-11-01", "valid_until": "2026-11-24", "review_by": "2026-11-23", "groups": ["agents"],
  "clients": ["192.0.2.17"], "reason": {"en": "why", "fr": "pourquoi"}, "owner": "City IT",
  "schedule": [{"days": ["mon", "tue"], "from": "08:00", "to": "18:30"}]}])";

json rule_at(WallTime wall, const std::string& rules = OneRule) {
  return json::parse(rules_json(example_data(rules, wall)))["rules"][0];
}

TEST_CASE("a rule is told with its dates in local days and the moment it ends", "[status]") {
  const auto rule = rule_at(example_time());
  CHECK(rule["id"] == "example/one");
  CHECK(rule["state"] == "active");
  CHECK(rule["active"] == true);
  CHECK(rule["valid_from"] == "2026-11-01");
  CHECK(rule["valid_until"] == "2026-11-24");
  CHECK(rule["valid_until_at"] == "2026-11-24T23:00:00Z");
  CHECK(rule["changes"] == "2026-11-24T17:30:00Z");
  CHECK(rule["review_due"] == true);
  CHECK(rule["schedule"] == json::parse(R"([{"days": ["mon", "tue"], "from": "08:00", "to": "18:30"}])"));
  CHECK(rule["groups"] == json{"agents"});
}

TEST_CASE("a rule's clients are counted and not named", "[status]") {
  const auto data = example_data(OneRule, example_time());
  CHECK(rule_at(example_time())["clients"] == 1);
  CHECK(rules_json(data).find("192.0.2.17") == std::string::npos);
}

TEST_CASE("the state of a rule follows the clock and its mode", "[status]") {
  using std::chrono::hours;
  CHECK(rule_at(example_time() + hours{10})["state"] == "scheduled");
  CHECK(rule_at(example_time() + hours{24})["state"] == "ended");
  CHECK(rule_at(example_time() - hours{24 * 60})["state"] == "not_yet");
  CHECK(rule_at(example_time(),
                R"([{"id": "a", "action": "sinkhole", "mode": "off", "domains": ["a.example"]}])")["state"] == "off");
  CHECK(rule_at(example_time(),
                R"([{"id": "a", "action": "sinkhole", "mode": "observe", "domains": ["a.example"]}])")["state"] ==
        "observing");
}

TEST_CASE("text of strangers stays text, whatever octets it holds", "[status]") {
  auto data = example_data("[]", example_time());
  const std::string hostile = "</script>\"\\\n\x01\x7f\xff\xc3(\xed\xa0\x80 <b>";
  data.current.problems = {{hostile, hostile, hostile, policy::Severity::Warning}};
  const std::string text = problems_json(data);
  for (const char octet : text) CHECK(static_cast<unsigned char>(octet) >= 0x20);
  const auto parsed = json::parse(text);  // throws for what is not UTF-8
  const std::string told = parsed["problems"][0]["text"];
  CHECK(told.starts_with("</script>\"\\\n\x01\x7f\xef\xbf\xbd"));
  CHECK(json::parse(error_json("code", hostile))["error"]["text"] == told);
}

TEST_CASE("problems are told with the errors first", "[status]") {
  auto data = example_data("[]", example_time());
  data.current.problems = {{"a", "", "note", policy::Severity::Note}, {"b", "/x", "error", policy::Severity::Error}};
  const auto parsed = json::parse(problems_json(data));
  CHECK(parsed["problems"][0]["severity"] == "error");
  CHECK(parsed["problems"][1]["severity"] == "note");
  CHECK(json::parse(status_json(data))["problems"] == json::parse(R"({"errors": 1, "warnings": 0, "notes": 1})"));
}

TEST_CASE("the totals hold every counter and what is in flight", "[status]") {
  auto data = example_data("[]", example_time());
  counter(data.snapshot, stats::Counter::received) = 7;
  data.snapshot.in_flight = 2;
  const auto totals = json::parse(status_json(data))["totals"];
  CHECK(totals.size() == stats::CounterCount + 1);
  CHECK(totals["received"] == 7);
  CHECK(totals["in_flight"] == 2);
}

TEST_CASE("an upstream is down if no worker that asked it had a reply of late", "[status]") {
  auto data = example_data("[]", example_time());
  CHECK(health_of(data) == Health::Good);

  auto& first = data.snapshot.workers[0].upstreams[0];
  first.up = false;
  first.asked = 10;
  CHECK(health_of(data) == Health::Down);  // the other worker never asked: it does not know
  CHECK(upstream_figures(data.snapshot, 0).sockets == 6);

  data.snapshot.workers[1].upstreams[0].asked = 1;
  CHECK(health_of(data) == Health::Good);
  data.current.problems = {{"f", "", "broken", policy::Severity::Error}};
  CHECK(health_of(data) == Health::Degraded);
}

TEST_CASE("a series is added up in steps of the wall clock", "[status]") {
  Points points;
  for (int i = 1; i <= 5; ++i) {
    Point point;
    point.at = WallTime{std::chrono::seconds{100 + i}};
    point.counts[0] = 10;
    point.p99_us = static_cast<std::uint32_t>(1000 * i);
    points.push_back(point);
  }
  const auto series = json::parse(series_json(points, 2));
  CHECK(series["at"] == json::parse("[102, 104, 105]"));
  CHECK(series["answered"] == json::parse("[20, 20, 10]"));
  CHECK(series["p99_ms"] == json::parse("[2.0, 4.0, 5.0]"));
  CHECK(series["p50_ms"] == json::parse("[null, null, null]"));
  CHECK(json::parse(series_json({}, 10))["at"].empty());
}

}  // namespace
}  // namespace aven::status
