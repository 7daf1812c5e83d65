#include "app/status_words.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "app/time_span.h"

namespace aven::app {
namespace {

using policy::Json;

const Json& at(const Json& json, const char* pointer) {
  static const Json Nothing;
  const Json::json_pointer place{pointer};
  return json.contains(place) ? json.at(place) : Nothing;
}

std::string text(const Json& json, const char* pointer) {
  const Json& value = at(json, pointer);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

double number(const Json& json, const char* pointer) {
  const Json& value = at(json, pointer);
  return value.is_number() ? value.get<double>() : 0;
}

std::string whole(double value) {
  return std::to_string(std::llround(value));
}

std::string share(const Json& json, const char* pointer) {
  return at(json, pointer).is_number() ? whole(number(json, pointer) * 100) + " %" : "-";
}

std::string line(std::string_view label, const std::string& value) {
  constexpr std::size_t Width = 12;
  std::string out{label};
  out.resize(Width, ' ');
  return out + value + '\n';
}

std::string duration(double seconds) {
  return span_words(std::chrono::seconds{std::llround(seconds)});
}

// "12.3"
std::string tenths(double value) {
  const auto scaled = std::llround(value * 10);
  return std::to_string(scaled / 10) + '.' + std::to_string(scaled % 10);
}

std::string joined(const Json& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + item.get<std::string>();
  return out;
}

std::string heading(const Json& status) {
  const std::string state = text(status, "/state");
  const std::string told = state == "good"       ? "good"
                           : state == "degraded" ? "degraded, see below"
                                                 : "down: no upstream server answers";
  return "Aven " + text(status, "/version") + ": " + told + "; up " + duration(number(status, "/uptime_s")) + '\n';
}

std::string pause_lines(const Json& status) {
  std::string out;
  for (const auto& pause : at(status, "/pauses")) {
    const std::string scope = text(pause, "/scope");
    const std::string what = scope == "all" ? "ALL BLOCKING" : scope + ' ' + text(pause, "/target");
    out += line("PAUSED", what + " for another " + duration(number(pause, "/left_s")) + ", by " + text(pause, "/by") +
                              ": " + text(pause, "/reason"));
  }
  const auto exemptions = number(status, "/exemptions");
  if (exemptions > 0) out += line("exemptions", whole(exemptions) + ", see `aven exempt --list`");
  return out;
}

std::string policy_line(const Json& status) {
  return line("policy", text(status, "/policy/id").substr(0, 12) + ", generation " +
                            whole(number(status, "/policy/generation")) + ", " +
                            whole(number(status, "/policy/rules")) + " rules, " +
                            whole(number(status, "/policy/names")) + " names, since " + text(status, "/policy/loaded"));
}

std::string answers_line(const Json& status) {
  return line("answers", tenths(number(status, "/rates/answers_per_s")) + " a second, blocked " +
                             share(status, "/rates/blocked_share") + ", from the cache " +
                             share(status, "/rates/cached_share"));
}

std::string upstream_lines(const Json& upstreams) {
  std::string out;
  for (const auto& server : at(upstreams, "/servers")) {
    const bool up = at(server, "/up").is_boolean() && at(server, "/up").get<bool>();
    const bool timed = at(server, "/rtt_ms").is_number();
    out += line(out.empty() ? "upstreams" : "", text(server, "/address") + (up ? ": up" : ": DOWN") +
                                                    (timed ? ", " + tenths(number(server, "/rtt_ms")) + " ms" : ""));
  }
  return out;
}

std::string rule_lines(const Json& rules) {
  std::size_t width = 0;
  for (const auto& rule : at(rules, "/rules")) width = std::max(width, text(rule, "/id").size());
  std::string out;
  std::size_t off = 0;
  for (const auto& rule : at(rules, "/rules")) {
    if (text(rule, "/state") == "off") {
      ++off;
      continue;
    }
    std::string id = text(rule, "/id");
    id.resize(width, ' ');
    const std::string until = text(rule, "/valid_until");
    out += line(out.empty() ? "rules" : "", id + "  " + text(rule, "/action") + ", " + text(rule, "/state") +
                                                (until.empty() ? "" : ", until " + until) + ", " +
                                                whole(number(rule, "/hits")) + " hits");
  }
  if (off > 0) out += line(out.empty() ? "rules" : "", std::to_string(off) + " off");
  return out.empty() ? line("rules", "none") : out;
}

std::string problem_lines(const Json& problems) {
  std::string out;
  for (const auto& problem : at(problems, "/problems")) {
    const std::string severity = text(problem, "/severity");
    if (severity == "note") continue;
    const std::string pointer = text(problem, "/pointer");
    out +=
        line(out.empty() ? "problems" : "", severity + ": " + text(problem, "/file") +
                                                (pointer.empty() ? "" : ' ' + pointer) + ": " + text(problem, "/text"));
  }
  return out.empty() ? line("problems", "none") : out;
}

}  // namespace

std::string status_words(const StatusDocuments& documents) {
  const Json& status = documents.status;
  std::string out = heading(status);
  out += pause_lines(status);
  out += line("listens on", joined(at(status, "/listen")) + " (UDP and TCP)");
  out += policy_line(status);
  out += answers_line(status);
  out += upstream_lines(documents.upstreams);
  out += rule_lines(documents.rules);
  return out + problem_lines(documents.problems);
}

}  // namespace aven::app
