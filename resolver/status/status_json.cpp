#include "status/status_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "dns/text.h"
#include "policy/rule_text.h"
#include "status/problem_words.h"

namespace aven::status {
namespace {

using Json = nlohmann::ordered_json;
using policy::Mode;
using policy::Rule;
using policy::Severity;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string utc(WallTime time) {
  return date::format("%FT%TZ", time);
}

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

double rounded(double value) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(value * 1000 + 0.5)) / 1000;
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

Json ms_or_null(Duration duration) {
  return duration > Duration::zero() ? Json(rounded(seconds(duration) * 1000)) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json local_text(const policy::LocalText& text) {
  Json json = Json::object();
  if (!text.en.empty()) json["en"] = text.en;
  if (!text.fr.empty()) json["fr"] = text.fr;
  return json;
}

std::string_view key_of(Severity severity) noexcept {
  static constexpr std::array<std::string_view, 3> Keys{"note", "warning", "error"};
  return Keys[static_cast<std::size_t>(severity)];
}

std::string_view key_of(Health health) noexcept {
  static constexpr std::array<std::string_view, 3> Keys{"good", "degraded", "down"};
  return Keys[static_cast<std::size_t>(health)];
}

std::size_t count_of(const policy::Problems& problems, Severity severity) noexcept {
  return static_cast<std::size_t>(std::count_if(problems.begin(), problems.end(),
                                                [&](const auto& problem) { return problem.severity == severity; }));
}

std::size_t upstreams_up(const server::Snapshot& snapshot) noexcept {
  std::size_t up = 0;
  for (std::size_t i = 0; i < snapshot.upstreams->servers.size(); ++i) {
    if (upstream_figures(snapshot, static_cast<upstream::ServerIndex>(i)).up) ++up;
  }
  return up;
}

Json pauses_json(const policy::Lifts& lifts, WallTime at) {
  static constexpr std::array<std::string_view, 3> Scopes{"all", "rule", "group"};
  Json json = Json::array();
  for (const auto& pause : lifts.pauses) {
    const auto left = std::max(pause.record.until - at, std::chrono::seconds{0});
    json.push_back({{"number", pause.record.number},
                    {"scope", Scopes[static_cast<std::size_t>(pause.scope)]},
                    {"target", pause.target},
                    {"from", utc(pause.record.from)},
                    {"until", utc(pause.record.until)},
                    {"left_s", left.count()},
                    {"reason", pause.record.reason},
                    {"by", pause.record.by}});
  }
  return json;
}

Json totals_json(const server::Snapshot& snapshot) {
  Json json = Json::object();
  for (std::size_t i = 0; i < stats::CounterCount; ++i) {
    json[std::string{stats::CounterList[i].name}] = snapshot.counters[i];
  }
  json["in_flight"] = snapshot.in_flight;
  return json;
}

Json policy_json(const server::Current& current) {
  return {{"id", current.policy->id()},
          {"generation", current.policy->generation()},
          {"rules", current.policy->rule_count()},
          {"names", current.policy->name_count()},
          {"loaded", utc(current.loaded)},
          {"clock_believed", current.clock_believed}};
}

Json ways_round_json(const StatusData& data) {
  Json json = Json::array();
  for (const auto& group : data.current.policy->group_names()) {
    const auto count = data.snapshot.rules.ways_round(group);
    json.push_back({{"group", group}, {"automatic", count.automatic}, {"resolver_lookups", count.resolver_lookups}});
  }
  return json;
}

Json rates_json(const Rates& rates) {
  return {{"window_s", rounded(rates.window_s)},
          {"answers_per_s", rounded(rates.answers_per_s)},
          {"blocked_share", number_or_null(rates.blocked_share)},
          {"cached_share", number_or_null(rates.cached_share)},
          {"would_block_per_s", rounded(rates.would_block_per_s)},
          {"dropped_per_s", rounded(rates.dropped_per_s)}};
}

// --- rules

Json schedule_json(const policy::Validity& validity) {
  static constexpr std::array<const char*, 7> Days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto clock = [](std::chrono::minutes time) {
    std::string text = "00:00";
    const auto hours = time.count() / 60, minutes = time.count() % 60;
    text[0] = static_cast<char>('0' + hours / 10);
    text[1] = static_cast<char>('0' + hours % 10);
    text[3] = static_cast<char>('0' + minutes / 10);
    text[4] = static_cast<char>('0' + minutes % 10);
    return text;
  };
  Json json = Json::array();
  for (const auto& window : validity.schedule) {
    Json days = Json::array();
    for (std::size_t i = 0; i < Days.size(); ++i) {
      if (window.days[i]) days.push_back(Days[i]);
    }
    json.push_back({{"days", std::move(days)}, {"from", clock(window.from)}, {"to", clock(window.to)}});
  }
  return json;
}

std::string_view state_key(const Rule& rule, bool on, date::local_seconds local) noexcept {
  if (rule.mode == Mode::Off) return "off";
  if (rule.validity.until && local >= *rule.validity.until) return "ended";
  if (rule.validity.from && local < *rule.validity.from) return "not_yet";
  if (!on) return "scheduled";
  return rule.mode == Mode::Observe ? "observing" : "active";
}

void add_dates(Json& json, const Rule& rule, const policy::Calendar& calendar, WallTime at) {
  const auto& validity = rule.validity;
  const auto state = calendar.at(validity, at);
  const auto local = calendar.local(at);
  json["active"] = rule.mode != Mode::Off && state.on;
  json["state"] = state_key(rule, state.on, local);
  json["changes"] = state.changes && rule.mode != Mode::Off ? Json(utc(*state.changes)) : Json(nullptr);
  json["valid_from"] = validity.from ? Json(policy::first_day(*validity.from)) : Json(nullptr);
  json["valid_until"] = validity.until ? Json(policy::last_day(validity)) : Json(nullptr);
  json["valid_until_at"] = validity.until ? Json(utc(calendar.utc(*validity.until))) : Json(nullptr);
  json["review_by"] = rule.review_by ? Json(date::format("%F", *rule.review_by)) : Json(nullptr);
  json["review_due"] = rule.review_by && local >= *rule.review_by + date::days{1};
  json["schedule"] = schedule_json(validity);
}

Json types_json(const Rule& rule) {
  Json json = Json::array();
  for (const auto type : rule.types) json.push_back(dns::to_text(type));
  return json;
}

// Addresses of clients are only counted: one of them may be a person.
Json rule_json(const Rule& rule, const StatusData& data) {
  const auto count = data.snapshot.rules.of(rule.full_id());
  Json json{{"id", rule.full_id()},
            {"title", local_text(rule.title)},
            {"action", policy::action_key(rule.action)},
            {"mode", policy::mode_key(rule.mode)}};
  add_dates(json, rule, *data.current.calendar, data.at);
  json["reason"] = local_text(rule.reason);
  json["legal_basis"] = rule.legal_basis;
  json["owner"] = rule.owner;
  json["contact"] = rule.contact;
  json["category"] = rule.category;
  json["groups"] = rule.groups;
  json["clients"] = rule.clients.size();
  json["except_clients"] = rule.except_clients.size();
  json["exempts"] = rule.exempts;
  json["name_sets"] = rule.name_sets;
  json["lists"] = rule.lists.size();
  json["types"] = types_json(rule);
  json["priority"] = rule.priority;
  json["place"] = {{"file", rule.file}, {"pointer", rule.pointer}};
  json["hits"] = count.hits;
  json["would_hits"] = count.would_hits;
  const auto before = data.before_today ? data.before_today->of(rule.full_id()) : stats::RuleCount{};
  json["hits_today"] = count.hits - before.hits;
  json["would_hits_today"] = count.would_hits - before.would_hits;
  return json;
}

// --- upstreams

std::string_view key_of(upstream::Strategy strategy) noexcept {
  static constexpr std::array<std::string_view, 4> Keys{"fastest", "ordered", "race", "spread"};
  return Keys[static_cast<std::size_t>(strategy)];
}

std::string_view key_of(upstream::Protocol protocol) noexcept {
  static constexpr std::array<std::string_view, 3> Keys{"plain", "tls", "https"};
  return Keys[static_cast<std::size_t>(protocol)];
}

Json pools_json(const upstream::UpstreamSet& set) {
  Json json = Json::array();
  for (const auto& pool : set.pools) {
    Json servers = Json::array();
    for (const auto server : pool.servers) servers.push_back(set.servers[server].text());
    json.push_back({{"name", pool.name}, {"strategy", key_of(pool.strategy)}, {"servers", std::move(servers)}});
  }
  return json;
}

Json server_json(const StatusData& data, upstream::ServerIndex index) {
  const auto& snapshot = data.snapshot;
  const auto& set = *snapshot.upstreams;
  const auto& server = set.servers[index];
  const auto figures = upstream_figures(snapshot, index);
  Json pools = Json::array();
  for (const auto& pool : set.pools) {
    if (std::find(pool.servers.begin(), pool.servers.end(), index) != pool.servers.end()) pools.push_back(pool.name);
  }
  const auto known = data.current.troubles.find(server.text());
  const std::string trouble = known == data.current.troubles.end() ? std::string{} : known->second;
  return {{"address", server.text()},          {"protocol", key_of(server.protocol)},
          {"pools", std::move(pools)},         {"up", figures.up},
          {"workers_up", figures.workers_up},  {"workers", snapshot.workers.size()},
          {"rtt_ms", ms_or_null(figures.rtt)}, {"asked", figures.asked},
          {"replies", figures.replies},        {"timeouts", figures.timeouts},
          {"errors", figures.errors},          {"mismatched", figures.mismatched},
          {"sockets", figures.sockets},        {"connections", figures.connections},
          {"trouble", text_or_null(trouble)},  {"trouble_fr", text_or_null(words_of(trouble).french)}};
}

// --- problems

Json problem_json(const policy::Problem& problem) {
  auto words = words_of(problem.text);
  return {{"severity", key_of(problem.severity)},
          {"file", problem.file},
          {"pointer", problem.pointer},
          {"code", words.code},
          {"parameters", std::move(words.parameters)},
          {"text", problem.text},
          {"text_fr", text_or_null(words.french)}};
}

// --- series

// Points that fall into the same step of the wall clock become one.
Points in_steps(const Points& points, std::uint32_t step_s) {
  Points out;
  const auto step_of = [&](const Point& point) { return (point.at.time_since_epoch().count() + step_s - 1) / step_s; };
  for (const auto& point : points) {
    if (out.empty() || step_of(out.back()) != step_of(point)) {
      out.push_back(point);
      continue;
    }
    Point& sum = out.back();
    sum.at = point.at;
    for (std::size_t i = 0; i < ColumnCount; ++i) sum.counts[i] += point.counts[i];
    sum.p50_us = std::max(sum.p50_us, point.p50_us);
    sum.p99_us = std::max(sum.p99_us, point.p99_us);
  }
  return out;
}

}  // namespace

Health health_of(const StatusData& data) noexcept {
  const std::size_t total = data.snapshot.upstreams->servers.size();
  const std::size_t up = upstreams_up(data.snapshot);
  if (up == 0 && total > 0) return Health::Down;
  const bool well = up == total && data.current.clock_believed && !policy::has_errors(data.current.problems);
  return well ? Health::Good : Health::Degraded;
}

UpstreamFigures upstream_figures(const server::Snapshot& snapshot, upstream::ServerIndex server) noexcept {
  UpstreamFigures out;
  std::size_t asking = 0, asking_up = 0;
  for (const auto& worker : snapshot.workers) {
    if (server < worker.upstream_sockets.size()) out.sockets += worker.upstream_sockets[server];
    if (server < worker.upstream_connections.size()) out.connections += worker.upstream_connections[server];
    if (server >= worker.upstreams.size()) continue;
    const auto& health = worker.upstreams[server];
    out.workers_up += health.up ? 1 : 0;
    if (health.asked > 0) {
      ++asking;
      asking_up += health.up ? 1 : 0;
      if (health.replies > 0 && (out.rtt == Duration::zero() || health.smoothed_rtt < out.rtt)) {
        out.rtt = health.smoothed_rtt;
      }
    }
    out.asked += health.asked;
    out.replies += health.replies;
    out.timeouts += health.timeouts;
    out.errors += health.errors;
    out.mismatched += health.mismatched;
  }
  out.up = asking == 0 || asking_up > 0;
  return out;
}

std::string status_json(const StatusData& data) {
  const auto& snapshot = data.snapshot;
  const auto uptime = snapshot.taken - snapshot.started;
  const auto& problems = data.current.problems;
  Json json;
  json["version"] = data.about.version;
  json["language"] = data.about.language;
  json["timezone"] = data.about.timezone;
  json["at"] = utc(data.at);
  json["started"] = utc(data.at - std::chrono::floor<std::chrono::seconds>(uptime));
  json["uptime_s"] = rounded(seconds(uptime));
  json["state"] = key_of(health_of(data));
  json["listen"] = Json::array();
  for (const auto& endpoint : data.about.listening) json["listen"].push_back(endpoint.text());
  json["pauses"] = pauses_json(data.current.lifts, data.at);
  json["exemptions"] = data.current.lifts.exemptions.size();
  json["policy"] = policy_json(data.current);
  json["totals"] = totals_json(snapshot);
  json["ways_round"] = ways_round_json(data);
  json["rates"] = rates_json(data.rates);
  json["latency"] = {{"window_s", rounded(data.latency.window_s)},
                     {"answers", data.latency.answers},
                     {"p50_ms", ms_or_null(data.latency.p50)},
                     {"p99_ms", ms_or_null(data.latency.p99)}};
  json["cache"] = {
      {"entries", snapshot.cache_entries}, {"bytes", snapshot.cache_bytes}, {"evictions", snapshot.cache_evictions}};
  json["upstreams"] = {{"up", upstreams_up(snapshot)}, {"total", snapshot.upstreams->servers.size()}};
  json["problems"] = {{"errors", count_of(problems, Severity::Error)},
                      {"warnings", count_of(problems, Severity::Warning)},
                      {"notes", count_of(problems, Severity::Note)}};
  json["workers"] = snapshot.workers.size();
  json["tcp_clients"] = snapshot.tcp_clients;
  return text_of(json);
}

std::string rules_json(const StatusData& data) {
  const auto& policy = *data.current.policy;
  Json rules = Json::array();
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) rules.push_back(rule_json(policy.rule(i), data));
  return text_of({{"policy", policy.id()}, {"at", utc(data.at)}, {"rules", std::move(rules)}});
}

std::string upstreams_json(const StatusData& data) {
  const auto& set = *data.snapshot.upstreams;
  Json servers = Json::array();
  for (std::size_t i = 0; i < set.servers.size(); ++i) {
    servers.push_back(server_json(data, static_cast<upstream::ServerIndex>(i)));
  }
  return text_of({{"at", utc(data.at)}, {"pools", pools_json(set)}, {"servers", std::move(servers)}});
}

std::string problems_json(const StatusData& data) {
  Json list = Json::array();
  for (const auto severity : {Severity::Error, Severity::Warning, Severity::Note}) {
    for (const auto& problem : data.current.problems) {
      if (problem.severity != severity) continue;
      list.push_back(problem_json(problem));
    }
  }
  return text_of({{"at", utc(data.at)}, {"problems", std::move(list)}});
}

std::string series_json(const Points& points, std::uint32_t step_s) {
  const Points steps = in_steps(points, step_s);
  const auto us_or_null = [](std::uint32_t us) { return ms_or_null(std::chrono::microseconds{us}); };
  Json json{{"step_s", step_s}};
  Json at = Json::array(), p50 = Json::array(), p99 = Json::array();
  for (const auto& point : steps) {
    at.push_back(point.at.time_since_epoch().count());
    p50.push_back(us_or_null(point.p50_us));
    p99.push_back(us_or_null(point.p99_us));
  }
  json["at"] = std::move(at);
  for (std::size_t i = 0; i < ColumnCount; ++i) {
    Json column = Json::array();
    for (const auto& point : steps) column.push_back(point.counts[i]);
    json[ColumnKeys[i]] = std::move(column);
  }
  json["p50_ms"] = std::move(p50);
  json["p99_ms"] = std::move(p99);
  return text_of(json);
}

std::string error_json(std::string_view code, std::string_view text) {
  return text_of({{"error", {{"code", code}, {"text", text}, {"text_fr", text_or_null(words_of(text).french)}}}});
}

}  // namespace aven::status
