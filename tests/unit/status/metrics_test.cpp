#include "status/metrics.h"

#include <catch2/catch.hpp>

#include "unit/status/example_data.h"

namespace aven::status {
namespace {

constexpr const char* Rules = R"([
  {"id": "one", "action": "sinkhole", "domains": ["one.example"], "valid_until": "2027-03-31", "review_by": "2027-01-31"},
  {"id": "two", "action": "sinkhole", "domains": ["two.example"], "mode": "off", "valid_until": "2027-03-31"}])";

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("every counter is a metric of its own", "[status]") {
  auto data = example_data("[]", example_time());
  for (std::size_t i = 0; i < stats::CounterCount; ++i) data.snapshot.counters[i] = 1000 + i;
  const auto text = metrics_text(data);
  for (std::size_t i = 0; i < stats::CounterCount; ++i) {
    const std::string name = "aven_" + std::string{stats::CounterList[i].name} + "_total";
    CHECK(has_line(text, name + ' ' + std::to_string(1000 + i)));
    CHECK(has_line(text, "# TYPE " + name + " counter"));
  }
}

TEST_CASE("rules that may be on tell their hits, end and review; those that are off do not", "[status]") {
  auto data = example_data(Rules, example_time());
  stats::RuleCounters counters{2};
  counters.hit(0);
  data.snapshot.rules.add(counters, {"example/one", "example/two"}, {"default"});
  const auto text = metrics_text(data);
  CHECK(has_line(text, R"(aven_rule_hits_total{rule="example/one"} 1)"));
  CHECK(has_line(text, R"(aven_rule_active{rule="example/one"} 1)"));
  CHECK(has_line(text, R"(aven_rule_valid_until_seconds{rule="example/one"} 1806530400)"));
  CHECK(has_line(text, R"(aven_rule_review_by_seconds{rule="example/one"} 1801350000)"));
  CHECK(text.find("example/two") == std::string::npos);
  CHECK(has_line(text, R"(aven_policy_info{id=")" + data.current.policy->id() + R"("} 1)"));
}

TEST_CASE("ways round are told by group and kind", "[status]") {
  auto data = example_data("[]", example_time());
  const std::string group = data.current.policy->group_names().back();
  stats::RuleCounters counters{0, 2};
  counters.automatic(0);
  counters.resolver_lookup(1);
  counters.resolver_lookup(1);
  data.snapshot.rules.add(counters, {}, {"no-more", group});
  const auto text = metrics_text(data);
  CHECK(has_line(text, "aven_ways_round_total{group=\"" + group + R"(",kind="automatic"} 0)"));
  CHECK(has_line(text, "aven_ways_round_total{group=\"" + group + R"(",kind="resolver_lookups"} 2)"));
  CHECK(text.find("no-more") == std::string::npos);
}

TEST_CASE("the times of answers are a histogram in seconds", "[status]") {
  auto data = example_data("[]", example_time());
  data.snapshot.latency.record(std::chrono::microseconds{10});
  data.snapshot.latency.record(std::chrono::milliseconds{3});
  const auto text = metrics_text(data);
  CHECK(has_line(text, R"(aven_answer_seconds_bucket{le="8e-06"} 0)"));
  CHECK(has_line(text, R"(aven_answer_seconds_bucket{le="1.6e-05"} 1)"));
  CHECK(has_line(text, R"(aven_answer_seconds_bucket{le="0.004096"} 2)"));
  CHECK(has_line(text, R"(aven_answer_seconds_bucket{le="+Inf"} 2)"));
  CHECK(has_line(text, "aven_answer_seconds_count 2"));
  CHECK(has_line(text, "aven_answer_seconds_sum 0.00301"));
}

}  // namespace
}  // namespace aven::status
