#include "status/log_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "dns/text.h"
#include "policy/rule_text.h"
#include "status/status_json.h"

namespace aven::status {
namespace {

using Json = nlohmann::ordered_json;
using server::LiveLog;
using server::LogRow;
using stats::LogVerdict;

constexpr std::array<std::string_view, 4> VerdictKeys{"none", "blocked", "allowed", "observed"};
constexpr std::size_t MostNeverHit = 200;
constexpr std::uint64_t FewDevices = 5;  // fewer are not told: they could be one person

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string utc(WallTime time) {
  return date::format("%FT%TZ", time);
}

std::string utc_ms(std::int64_t unix_ms) {
  return date::format("%FT%TZ", date::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{unix_ms}});
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json row_json(const LogRow& row, Clients clients) {
  return {{"id", row.id},
          {"at", utc_ms(server::milliseconds_of(row.id))},
          {"client", clients == Clients::Shown ? text_or_null(row.client) : Json(nullptr)},
          {"group", row.group},
          {"name", row.name},
          {"type", dns::to_text(static_cast<dns::Type>(row.type))},
          {"verdict", verdict_key(row.verdict)},
          {"outcome", stats::CounterList[static_cast<std::size_t>(row.outcome)].name},
          {"rule", text_or_null(row.rule)},
          {"rcode", dns::to_text(static_cast<dns::Rcode>(row.rcode))},
          {"ms", static_cast<double>(row.latency_us) / 1000}};
}

Json rows_json(const std::vector<LogRow>& rows, Clients clients) {
  Json json = Json::array();
  for (const auto& row : rows) json.push_back(row_json(row, clients));
  return json;
}

Json local_text(const policy::LocalText& text) {
  Json json = Json::object();
  if (!text.en.empty()) json["en"] = text.en;
  if (!text.fr.empty()) json["fr"] = text.fr;
  return json;
}

// What a ticket needs to know of the rules that decided, of those that are still in force.
Json rules_of(const StatusData& data, const std::vector<LogRow>& rows) {
  std::set<std::string_view> wanted;
  for (const auto& row : rows) wanted.insert(row.rule);
  const auto& policy = *data.current.policy;
  Json json = Json::array();
  for (policy::RuleIndex i = 0; i < policy.rule_count() && !wanted.empty(); ++i) {
    const auto& rule = policy.rule(i);
    const std::string id = rule.full_id();
    if (wanted.count(id) == 0) continue;
    const auto& until = rule.validity.until;
    json.push_back({{"id", id},
                    {"title", local_text(rule.title)},
                    {"reason", local_text(rule.reason)},
                    {"legal_basis", rule.legal_basis},
                    {"owner", rule.owner},
                    {"contact", rule.contact},
                    {"valid_until", until ? Json(policy::last_day(rule.validity)) : Json(nullptr)}});
  }
  return json;
}

Json names_json(const std::vector<stats::TopK::Entry>& names) {
  Json json = Json::array();
  for (const auto& name : names) {
    json.push_back({{"name", name.name}, {"count", name.count}, {"error", name.error}});
  }
  return json;
}

std::string devices_text(std::uint64_t count) {
  return count < FewDevices ? "<" + std::to_string(FewDevices) : std::to_string(count);
}

// The patterns of a rule that no question has hit: too old, or written wrongly.
Json never_hit(const policy::Rule& rule, const std::set<std::string>& hit) {
  Json json = Json::array();
  for (const auto& source : rule.domains) {
    source.patterns.for_each([&](std::size_t, const policy::Pattern& pattern) {
      auto text = policy::to_text(pattern);
      if (json.size() < MostNeverHit && hit.count(text) == 0) json.push_back(std::move(text));
    });
  }
  return json;
}

Json observed_rule_json(const policy::Rule& rule, const LiveLog::Observed& observed) {
  Json devices = Json::array();
  for (const auto& [group, counts] : observed.devices) {
    devices.push_back(
        {{"group", group}, {"today", devices_text(counts.today)}, {"day_before", devices_text(counts.day_before)}});
  }
  return {{"id", rule.full_id()},
          {"questions", observed.questions},
          {"names", names_json(observed.names)},
          {"patterns_hit", observed.patterns.size()},
          {"never_hit", never_hit(rule, observed.patterns)},
          {"devices", std::move(devices)}};
}

}  // namespace

std::string_view verdict_key(LogVerdict verdict) noexcept {
  return VerdictKeys[static_cast<std::size_t>(verdict)];
}

std::optional<LogVerdict> parse_verdict(std::string_view key) noexcept {
  const auto found = std::find(VerdictKeys.begin(), VerdictKeys.end(), key);
  if (found == VerdictKeys.end()) return std::nullopt;
  return static_cast<LogVerdict>(found - VerdictKeys.begin());
}

std::string recent_json(const StatusData& data, const std::vector<LogRow>& rows, Clients clients) {
  return text_of({{"at", utc(data.at)},
                  {"clients_shown", clients == Clients::Shown},
                  {"rows", rows_json(rows, clients)},
                  {"rules", rules_of(data, rows)}});
}

std::string tail_json(const StatusData& data, const LiveLog::Tail& tail, Clients clients) {
  return text_of({{"at", utc(data.at)},
                  {"clients_shown", clients == Clients::Shown},
                  {"next", tail.next},
                  {"skipped", tail.skipped},
                  {"rows", rows_json(tail.rows, clients)}});
}

std::string queries_json(const StatusData& data, const server::LogWriter::State& state, const server::FoundRows& found,
                         bool more, Clients clients) {
  const char* key = state.file.empty() ? "off" : state.problem.empty() ? "on" : "stopped";
  return text_of({{"at", utc(data.at)},
                  {"clients_shown", clients == Clients::Shown},
                  {"log", key},
                  {"written", state.written},
                  {"lost", state.lost},
                  {"complete", found.complete},
                  {"next", more ? Json(found.rows.back().id) : Json(nullptr)},
                  {"rows", rows_json(found.rows, clients)}});
}

std::string long_series_json(const std::vector<server::SeriesPoint>& points, std::int64_t every_s) {
  static_assert(server::SeriesPoint::Counts == ColumnCount);
  const auto ms_or_null = [](std::uint32_t us) { return us == 0 ? Json(nullptr) : Json(us / 1000.0); };
  Json json{{"step_s", every_s}};
  Json at = Json::array(), p50 = Json::array(), p99 = Json::array();
  for (const auto& point : points) {
    at.push_back(point.at + every_s);
    p50.push_back(ms_or_null(point.p50_us));
    p99.push_back(ms_or_null(point.p99_us));
  }
  json["at"] = std::move(at);
  for (std::size_t i = 0; i < ColumnCount; ++i) {
    Json column = Json::array();
    for (const auto& point : points) column.push_back(point.counts[i]);
    json[std::string{ColumnKeys[i]}] = std::move(column);
  }
  json["p50_ms"] = std::move(p50);
  json["p99_ms"] = std::move(p99);
  return text_of(json);
}

std::string top_json(const StatusData& data, const LiveLog::Top& top) {
  Json groups = Json::array();
  for (const auto& [name, figures] : top.groups) {
    groups.push_back({{"group", name},
                      {"blocked", figures.blocked},
                      {"would_block", figures.would_block},
                      {"automatic", figures.automatic},
                      {"resolver_lookups", figures.resolver_lookups}});
  }
  return text_of({{"at", utc(data.at)},
                  {"hours", top.hours},
                  {"blocked_names", names_json(top.blocked_names)},
                  {"groups", std::move(groups)},
                  {"resolver_names", names_json(top.resolver_names)}});
}

std::string observed_json(const StatusData& data, const std::map<std::string, LiveLog::Observed>& observed) {
  Json rules = Json::array();
  const auto& policy = *data.current.policy;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const auto& rule = policy.rule(i);
    if (rule.mode != policy::Mode::Observe) continue;
    const auto seen = observed.find(rule.full_id());
    rules.push_back(observed_rule_json(rule, seen == observed.end() ? LiveLog::Observed{} : seen->second));
  }
  return text_of({{"at", utc(data.at)}, {"rules", std::move(rules)}});
}

}  // namespace aven::status
