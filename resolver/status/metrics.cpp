#include "status/metrics.h"

#include <prometheus/text_serializer.h>
#include <sstream>
#include <utility>
#include <vector>

#include "status/status_json.h"

namespace aven::status {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

double seconds(WallTime time) noexcept {
  return static_cast<double>(time.time_since_epoch().count());
}

class Families {
 public:
  MetricFamily& counter(std::string name, std::string help) {
    return add(std::move(name), std::move(help), MetricType::Counter);
  }
  MetricFamily& gauge(std::string name, std::string help) {
    return add(std::move(name), std::move(help), MetricType::Gauge);
  }
  MetricFamily& add(std::string name, std::string help, MetricType type) {
    return families_.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
  }
  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, families_);
    return std::move(out).str();
  }

 private:
  std::vector<MetricFamily> families_;
};

// A value of a counter or gauge.
template <class Number>
void put(MetricFamily& family, Number number, Labels labels = {}) {
  const auto value = static_cast<double>(number);
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family.metric.push_back(std::move(metric));
}

void add_counters(Families& families, const server::Snapshot& snapshot) {
  for (std::size_t i = 0; i < stats::CounterCount; ++i) {
    const auto& info = stats::CounterList[i];
    put(families.counter("aven_" + std::string{info.name} + "_total", std::string{info.help}), snapshot.counters[i]);
  }
}

void add_gauges(Families& families, const StatusData& data) {
  const auto& snapshot = data.snapshot;
  put(families.gauge("aven_in_flight", "Queries received and not yet answered"), snapshot.in_flight);
  put(families.gauge("aven_cache_entries", "Replies in the cache"), snapshot.cache_entries);
  put(families.gauge("aven_cache_bytes", "Memory that the cache's entries take"), snapshot.cache_bytes);
  put(families.counter("aven_cache_evictions_total", "Replies that left the cache for others"),
      snapshot.cache_evictions);
  put(families.gauge("aven_tcp_clients", "TCP connections open now"), snapshot.tcp_clients);
  put(families.gauge("aven_workers", "Threads that answer"), snapshot.workers.size());
  put(families.gauge("aven_uptime_seconds", "Since the start"), seconds(snapshot.taken - snapshot.started));
  put(families.gauge("aven_clock_believed", "0: the clock is wrong, rules stay on or off as they were"),
      data.current.clock_believed ? 1 : 0);
  put(families.gauge("aven_build_info", "Which Aven this is"), 1, {{"version", data.about.version}});
}

// One bucket per octave: the counts are exact, the histogram's own buckets end there.
void add_latency(Families& families, const stats::Histogram& latency) {
  using stats::Histogram;
  ClientMetric metric;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < Histogram::BucketCount; ++i) {
    below += latency.count_in(i);
    const bool octave_ends = i % Histogram::BucketsPerOctave == Histogram::BucketsPerOctave - 1;
    if (octave_ends && i + 1 < Histogram::BucketCount) {
      metric.histogram.bucket.push_back({below, seconds(Histogram::upper_bound(i))});
    }
  }
  metric.histogram.sample_count = below;
  metric.histogram.sample_sum = seconds(latency.sum());
  families.add("aven_answer_seconds", "From a query's receipt to its answer", MetricType::Histogram)
      .metric.push_back(std::move(metric));
}

void add_upstreams(Families& families, const server::Snapshot& snapshot) {
  MetricFamily up{"aven_upstream_up", "1: the server answers", MetricType::Gauge, {}};
  MetricFamily rtt{"aven_upstream_rtt_seconds", "Smoothed time until the server replies", MetricType::Gauge, {}};
  MetricFamily asked{"aven_upstream_server_asked_total", "Questions put to the server", MetricType::Counter, {}};
  MetricFamily replies{"aven_upstream_server_replies_total", "Its replies", MetricType::Counter, {}};
  MetricFamily timeouts{
      "aven_upstream_server_timeouts_total", "Questions it did not answer in time", MetricType::Counter, {}};
  MetricFamily errors{
      "aven_upstream_server_errors_total", "Questions that broke on the way to it", MetricType::Counter, {}};
  MetricFamily connections{
      "aven_upstream_connections", "Open connections to the server over TCP, TLS or HTTPS", MetricType::Gauge, {}};
  for (std::size_t i = 0; i < snapshot.upstreams->servers.size(); ++i) {
    const Labels labels{{"upstream", snapshot.upstreams->servers[i].text()}};
    const auto figures = upstream_figures(snapshot, static_cast<upstream::ServerIndex>(i));
    put(up, figures.up ? 1 : 0, labels);
    if (figures.rtt > Duration::zero()) put(rtt, seconds(figures.rtt), labels);
    put(asked, figures.asked, labels);
    put(replies, figures.replies, labels);
    put(timeouts, figures.timeouts, labels);
    put(errors, figures.errors, labels);
    put(connections, figures.connections, labels);
  }
  for (auto* family : {&up, &rtt, &asked, &replies, &timeouts, &errors, &connections}) {
    families.add(family->name, family->help, family->type) = std::move(*family);
  }
}

void add_ways_round(Families& families, const StatusData& data) {
  auto& ways = families.counter(
      "aven_ways_round_total",
      "Questions about ways round this server: those that devices ask by themselves, and names of other resolvers");
  for (const auto& group : data.current.policy->group_names()) {
    const auto count = data.snapshot.rules.ways_round(group);
    put(ways, count.automatic, {{"group", group}, {"kind", "automatic"}});
    put(ways, count.resolver_lookups, {{"group", group}, {"kind", "resolver_lookups"}});
  }
}

void add_rules(Families& families, const StatusData& data) {
  MetricFamily hits{"aven_rule_hits_total", "Questions that the rule decided", MetricType::Counter, {}};
  MetricFamily would{
      "aven_rule_would_hits_total", "Questions that the observed rule would have decided", MetricType::Counter, {}};
  MetricFamily active{"aven_rule_active", "1: the rule is on now", MetricType::Gauge, {}};
  MetricFamily until{
      "aven_rule_valid_until_seconds", "When the rule ends, in seconds since 1970", MetricType::Gauge, {}};
  MetricFamily review{
      "aven_rule_review_by_seconds", "When its review is due, in seconds since 1970", MetricType::Gauge, {}};
  const auto& policy = *data.current.policy;
  const auto& calendar = *data.current.calendar;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const auto& rule = policy.rule(i);
    if (rule.mode == policy::Mode::Off) continue;
    const Labels labels{{"rule", rule.full_id()}};
    const auto count = data.snapshot.rules.of(rule.full_id());
    put(hits, count.hits, labels);
    put(would, count.would_hits, labels);
    put(active, calendar.at(rule.validity, data.at).on ? 1 : 0, labels);
    if (rule.validity.until) put(until, seconds(calendar.utc(*rule.validity.until)), labels);
    if (rule.review_by) put(review, seconds(calendar.utc(date::local_seconds{*rule.review_by})), labels);
  }
  for (auto* family : {&hits, &would, &active, &until, &review}) {
    families.add(family->name, family->help, family->type) = std::move(*family);
  }
}

void add_lifts(Families& families, const StatusData& data) {
  const auto& lifts = data.current.lifts;
  put(families.gauge("aven_exemptions", "Exemptions in force"), lifts.exemptions.size());
  auto& paused = families.gauge("aven_paused", "How many pauses of blocking are in force");
  std::array<std::size_t, 3> pauses{};
  for (const auto& pause : lifts.pauses) ++pauses[static_cast<std::size_t>(pause.scope)];
  static constexpr std::array<const char*, 3> Scopes{"all", "rule", "group"};
  for (std::size_t i = 0; i < Scopes.size(); ++i) put(paused, pauses[i], {{"scope", Scopes[i]}});
}

void add_policy(Families& families, const server::Current& current) {
  put(families.gauge("aven_policy_info", "The policy in force"), 1, {{"id", current.policy->id()}});
  put(families.gauge("aven_policy_generation", "How many policies came into force since the start"),
      current.policy->generation());
  put(families.gauge("aven_policy_rules", "Rules of the policy"), current.policy->rule_count());
  put(families.gauge("aven_policy_names", "Names of the policy"), current.policy->name_count());
  auto& problems = families.gauge("aven_problems", "Problems found by the last load, and servers that cannot be asked");
  std::array<std::size_t, 3> found{};
  for (const auto& problem : current.problems) ++found[static_cast<std::size_t>(problem.severity)];
  static constexpr std::array<const char*, 3> Keys{"note", "warning", "error"};
  for (std::size_t i = 0; i < Keys.size(); ++i) put(problems, found[i], {{"severity", Keys[i]}});
}

}  // namespace

std::string metrics_text(const StatusData& data) {
  Families families;
  add_counters(families, data.snapshot);
  add_gauges(families, data);
  add_latency(families, data.snapshot.latency);
  add_upstreams(families, data.snapshot);
  add_policy(families, data.current);
  add_lifts(families, data);
  add_rules(families, data);
  add_ways_round(families, data);
  return families.text();
}

}  // namespace aven::status
