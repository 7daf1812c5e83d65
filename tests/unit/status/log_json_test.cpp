#include "status/log_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "unit/status/example_data.h"

namespace aven::status {
namespace {

using nlohmann::json;
using server::LiveLog;
using server::LogRow;
using stats::LogVerdict;

const std::string Rules = R"([
  {"id": "block", "action": "sinkhole", "domains": ["chatgpt.com"], "title": {"fr": "ChatGPT"}, "owner": "DSI",
   "reason": {"en": "A precaution."}, "legal_basis": "Note 118", "contact": ["tel:+33400000000"],
   "valid_until": "2027-03-31"},
  {"id": "watch", "action": "sinkhole", "mode": "observe", "domains": ["used.example", "*.never.example", "/^x/"]}])";

StatusData data() {
  return example_data(Rules, example_time());
}

LogRow row(server::RowId id, const char* name, LogVerdict verdict = LogVerdict::Blocked) {
  LogRow out;
  out.id = id;
  out.client = "10.10.1.9";
  out.group = "agents";
  out.name = name;
  out.rule = verdict == LogVerdict::Blocked ? "example/block" : "";
  out.type = 65;
  out.verdict = verdict;
  out.outcome = verdict == LogVerdict::Blocked ? stats::Counter::blocked : stats::Counter::forwarded;
  out.latency_us = 1500;
  return out;
}

constexpr server::RowId At = server::first_id_at(1'795'000'000'123);

TEST_CASE("a row is told in words, with milliseconds", "[status]") {
  const auto told = json::parse(recent_json(data(), {row(At, "chatgpt.com")}, Clients::Shown));
  const auto expected = json::parse(R"({"at": "2026-11-18T11:06:40.123Z", "client": "10.10.1.9", "group": "agents",
    "name": "chatgpt.com", "type": "HTTPS", "verdict": "blocked", "outcome": "blocked", "rule": "example/block",
    "rcode": "NOERROR", "ms": 1.5})");
  auto first = told["rows"][0];
  CHECK(first["id"] == At);
  first.erase("id");
  CHECK(first == expected);
  CHECK(told["clients_shown"] == true);
}

TEST_CASE("what a ticket needs stands beside the rows, once for each rule", "[status]") {
  const auto told =
      json::parse(recent_json(data(), {row(At, "a.chatgpt.com"), row(At + 1, "b.chatgpt.com")}, Clients::Shown));
  REQUIRE(told["rules"].size() == 1);
  const auto& rule = told["rules"][0];
  CHECK(rule["id"] == "example/block");
  CHECK(rule["title"] == json::parse(R"({"fr": "ChatGPT"})"));
  CHECK(rule["valid_until"] == "2027-03-31");
  CHECK(rule["contact"] == json::parse(R"(["tel:+33400000000"])"));
  CHECK(json::parse(recent_json(data(), {row(At, "x.example", LogVerdict::None)}, Clients::Shown))["rules"].empty());
}

TEST_CASE("hidden clients are in no answer", "[status]") {
  const std::vector<LogRow> rows{row(At, "chatgpt.com")};
  const LiveLog::Tail tail{rows, At, false};
  const server::FoundRows found{rows, true};
  for (const auto& text : {recent_json(data(), rows, Clients::Hidden), tail_json(data(), tail, Clients::Hidden),
                           queries_json(data(), {}, found, false, Clients::Hidden)}) {
    CHECK(text.find("10.10.1.9") == std::string::npos);
    const auto told = json::parse(text);
    CHECK(told["clients_shown"] == false);
    CHECK(told["rows"][0]["client"].is_null());
  }
}

TEST_CASE("octets that are no UTF-8 are still JSON", "[status]") {
  LogRow odd = row(At, "a\xff\"<script>.example");
  const auto told = json::parse(recent_json(data(), {odd}, Clients::Shown));
  CHECK(told["rows"][0]["name"].get<std::string>().find("<script>") != std::string::npos);
}

TEST_CASE("a page of the file says how the log is and where the next page begins", "[status]") {
  server::LogWriter::State state;
  const server::FoundRows found{{row(At + 5, "a.example"), row(At, "b.example")}, true};
  const auto key = [&] { return json::parse(queries_json(data(), state, found, true, Clients::Shown))["log"]; };
  CHECK(key() == "off");
  state.file = "log.sqlite";
  CHECK(key() == "on");
  state.problem = "the disk is full";
  CHECK(key() == "stopped");
  CHECK(json::parse(queries_json(data(), state, found, true, Clients::Shown))["next"] == At);
  CHECK(json::parse(queries_json(data(), state, found, false, Clients::Shown))["next"].is_null());
}

TEST_CASE("an observed rule tells the patterns that nobody hit, and few devices only as few", "[status]") {
  LiveLog::Observed seen;
  seen.questions = 12;
  seen.names = {{"used.example", 12, 0}};
  seen.patterns = {"used.example"};
  seen.devices["agents"] = {4, 5};
  const auto told = json::parse(observed_json(data(), {{"example/watch", seen}}));
  REQUIRE(told["rules"].size() == 1);
  const auto& rule = told["rules"][0];
  CHECK(rule["id"] == "example/watch");
  CHECK(rule["questions"] == 12);
  CHECK(rule["patterns_hit"] == 1);
  CHECK(rule["never_hit"] == json::parse(R"(["*.never.example", "/^x/"])"));
  CHECK(rule["devices"] == json::parse(R"([{"group": "agents", "today": "<5", "day_before": "5"}])"));
}

TEST_CASE("an observed rule that saw nothing is told too", "[status]") {
  const auto told = json::parse(observed_json(data(), {}));
  CHECK(told["rules"][0]["questions"] == 0);
  CHECK(told["rules"][0]["never_hit"].size() == 3);
}

TEST_CASE("a step of a series is told by its end, and no answer has no latency", "[status]") {
  server::SeriesPoint point;
  point.at = 1'795'000'000;
  point.counts[0] = 7;
  point.p99_us = 2500;
  const auto told = json::parse(long_series_json({point}, 300));
  CHECK(told["step_s"] == 300);
  CHECK(told["at"][0] == 1'795'000'300);
  CHECK(told["answered"][0] == 7);
  CHECK(told["p50_ms"][0].is_null());
  CHECK(told["p99_ms"][0] == 2.5);
}

TEST_CASE("tops tell names and groups", "[status]") {
  LiveLog::Top top;
  top.hours = 24;
  top.blocked_names = {{"chatgpt.com", 9, 1}};
  top.groups["agents"] = {9, 2, 3, 4};
  const auto told = json::parse(top_json(data(), top));
  CHECK(told["blocked_names"] == json::parse(R"([{"name": "chatgpt.com", "count": 9, "error": 1}])"));
  CHECK(told["groups"] == json::parse(R"([{"group": "agents", "blocked": 9, "would_block": 2, "automatic": 3,
                                          "resolver_lookups": 4}])"));
}

TEST_CASE("every verdict has a key, and no other text is one", "[status]") {
  for (const auto verdict : {LogVerdict::None, LogVerdict::Blocked, LogVerdict::Allowed, LogVerdict::Observed}) {
    CHECK(parse_verdict(verdict_key(verdict)) == verdict);
  }
  CHECK_FALSE(parse_verdict("Blocked"));
  CHECK_FALSE(parse_verdict(""));
}

}  // namespace
}  // namespace aven::status
