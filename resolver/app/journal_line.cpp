#include "app/journal_line.h"

#include <array>
#include <date/date.h>
#include <exception>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "app/sha256.h"

namespace aven::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t LongestText = 4096;  // octets of one text in a line
constexpr std::size_t MostRules = 500;     // in one line; more are only counted

// In the order of the enum's values.
constexpr std::array<std::string_view, 3> RuleChanges{"added", "removed", "changed"};

std::string cut(const std::string& text) {
  if (text.size() <= LongestText) return text;
  return text.substr(0, LongestText) + "... (" + std::to_string(text.size()) + " octets)";
}

void put(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = cut(value);
}

Json rule_changes(const std::vector<RuleChange>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    if (list.size() == MostRules) break;
    Json fields = Json::array();
    for (const auto& field : change.fields) {
      Json one{{"field", field.field}};
      put(one, "before", field.before);
      put(one, "after", field.after);
      fields.push_back(std::move(one));
    }
    Json one{{"change", RuleChanges[static_cast<std::size_t>(change.kind)]}, {"rule", change.rule}};
    if (!fields.empty()) one["fields"] = std::move(fields);
    list.push_back(std::move(one));
  }
  return list;
}

std::optional<RuleChange> parse_rule_change(const Json& json) {
  RuleChange change;
  const std::string kind = json.value("change", "");
  std::size_t index = 0;
  while (index < RuleChanges.size() && RuleChanges[index] != kind) ++index;
  if (index == RuleChanges.size()) return std::nullopt;
  change.kind = static_cast<RuleChange::Kind>(index);
  change.rule = json.value("rule", "");
  for (const auto& field : json.value("fields", Json::array())) {
    change.fields.push_back({field.value("field", ""), field.value("before", ""), field.value("after", "")});
  }
  return change;
}

std::optional<JournalLine> parse(std::string_view text) {
  const Json json = Json::parse(text);
  const auto kind = parse_change_kind(json.at("event").get<std::string>());
  const auto at = parse_utc(json.at("at").get<std::string>());
  if (!kind || !at) return std::nullopt;
  JournalLine line;
  line.number = json.at("n").get<std::uint64_t>();
  line.before = json.at("prev").get<std::string>();
  line.at = *at;
  line.local = json.value("local", "");
  line.zone = json.value("zone", "");
  ChangeRecord& change = line.change;
  change.kind = *kind;
  change.cause = json.value("cause", "");
  change.account = json.value("account", "");
  change.reason = json.value("reason", "");
  change.rule = json.value("rule", "");
  change.group = json.value("group", "");
  change.until = parse_utc(json.value("until", ""));
  change.policy_before = json.value("policy_before", "");
  change.policy_after = json.value("policy_after", "");
  for (const auto& one : json.value("rules", Json::array())) {
    if (auto rule = parse_rule_change(one)) change.rules.push_back(std::move(*rule));
  }
  const Json details = json.value("details", Json::object());
  for (const auto& [name, value] : details.items()) {
    change.details.emplace_back(name, value.get<std::string>());
  }
  return line;
}

}  // namespace

std::string sha256_of(std::string_view text) {
  Sha256 sha;
  sha.add(text);
  return sha.finish();
}

std::string to_text(const JournalLine& line) {
  const ChangeRecord& change = line.change;
  Json json{{"n", line.number}, {"prev", line.before}, {"at", utc_text(line.at)}};
  put(json, "local", line.local);
  put(json, "zone", line.zone);
  json["event"] = key(change.kind);
  put(json, "cause", change.cause);
  put(json, "account", change.account);
  put(json, "reason", change.reason);
  put(json, "rule", change.rule);
  put(json, "group", change.group);
  if (change.until) json["until"] = utc_text(*change.until);
  put(json, "policy_before", change.policy_before);
  put(json, "policy_after", change.policy_after);
  if (!change.rules.empty()) json["rules"] = rule_changes(change.rules);
  if (change.rules.size() > MostRules) json["rules_in_all"] = change.rules.size();
  for (const auto& [name, value] : change.details) json["details"][name] = cut(value);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<JournalLine> parse_journal_line(std::string_view text) {
  try {
    return parse(text);
  } catch (const std::exception&) {  // no JSON, or not of this shape
    return std::nullopt;
  }
}

std::string utc_text(WallTime time) {
  return date::format("%FT%TZ", time);
}

std::optional<WallTime> parse_utc(const std::string& text) {
  std::istringstream in{text};
  WallTime time{};
  in >> date::parse("%FT%TZ", time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return time;
}

}  // namespace aven::app
