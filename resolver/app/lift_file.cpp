#include "app/lift_file.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "app/sha256.h"
#include "app/text_file.h"
#include "policy/json_text.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using policy::Json;

constexpr std::array<std::string_view, 3> ScopeKeys{"all", "rule", "group"};
constexpr int Format = 1;

std::string checksum_line(std::string_view content) {
  Sha256 sha;
  sha.add(content);
  return "sha256 " + sha.finish() + '\n';
}

Json to_json(const policy::LiftRecord& record) {
  return {{"number", record.number},
          {"from", record.from.time_since_epoch().count()},
          {"until", record.until.time_since_epoch().count()},
          {"reason", record.reason},
          {"by", record.by}};
}

policy::LiftRecord record_of(const Json& json) {
  const auto time = [&](const char* key) { return WallTime{std::chrono::seconds{json.at(key).get<std::int64_t>()}}; };
  return {json.at("number"), time("from"), time("until"), json.at("reason"), json.at("by")};
}

Json to_json(const policy::Pause& pause) {
  Json json = to_json(pause.record);
  json["scope"] = key_of(pause.scope);
  json["target"] = pause.target;
  return json;
}

Json to_json(const std::vector<policy::Exemption>& exemptions) {
  Json list = Json::array();
  for (const auto& exemption : exemptions) {
    Json json = to_json(exemption.record);
    json["rule"] = exemption.rule;
    json["client"] = exemption.client.text();
    list.push_back(std::move(json));
  }
  return list;
}

// Throws what nlohmann throws for a wrong type, and for an address or scope that is none.
std::vector<policy::Exemption> exemptions_of(const Json& list) {
  std::vector<policy::Exemption> out;
  for (const auto& json : list) {
    const auto client = IpAddress::parse(json.at("client").get<std::string>());
    if (!client) throw Json::other_error::create(501, "no address", &json);
    out.push_back({json.at("rule"), *client, record_of(json)});
  }
  return out;
}

KeptLifts from_json(const Json& json) {
  if (json.at("format") != Format) throw Json::other_error::create(501, "another format", &json);
  KeptLifts kept;
  kept.last_number = json.at("last_number");
  for (const auto& one : json.at("pauses")) {
    const auto scope = parse_scope(one.at("scope").get<std::string>());
    if (!scope) throw Json::other_error::create(501, "no scope", &one);
    kept.lifts.pauses.push_back({*scope, one.at("target"), record_of(one)});
  }
  kept.lifts.exemptions = exemptions_of(json.at("exemptions"));
  kept.ended = exemptions_of(json.at("ended"));
  return kept;
}

std::string content_of(const KeptLifts& kept) {
  Json json{{"format", Format}, {"last_number", kept.last_number}, {"pauses", Json::array()}};
  for (const auto& pause : kept.lifts.pauses) json["pauses"].push_back(to_json(pause));
  json["exemptions"] = to_json(kept.lifts.exemptions);
  json["ended"] = to_json(kept.ended);
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

// The content of a file whose checksum is right.
std::optional<std::string_view> checked(std::string_view text) {
  const auto last_line = text.rfind("sha256 ");
  if (last_line == std::string_view::npos) return std::nullopt;
  const auto content = text.substr(0, last_line);
  return text.substr(last_line) == checksum_line(content) ? std::optional{content} : std::nullopt;
}

}  // namespace

std::string_view key_of(policy::PauseScope scope) noexcept {
  return ScopeKeys[static_cast<std::size_t>(scope)];
}

std::optional<policy::PauseScope> parse_scope(std::string_view key) noexcept {
  const auto* found = std::find(ScopeKeys.begin(), ScopeKeys.end(), key);
  if (found == ScopeKeys.end()) return std::nullopt;
  return static_cast<policy::PauseScope>(found - ScopeKeys.begin());
}

LiftFile::LiftFile(const fs::path& state_folder) : folder_(state_folder), file_(folder_ / "lifts.json") {}

KeptLifts LiftFile::load(policy::Problems& problems) const {
  std::error_code error;
  if (!fs::exists(file_, error) && !error) return {};
  const auto unusable = [&](const std::string& why) {
    problems.push_back({file_.string(), "", "pauses and exemptions cannot be read: " + why + "; none is in force",
                        policy::Severity::Warning});
    return KeptLifts{};
  };
  const auto text = read_text(file_);
  if (!text) return unusable(text.error());
  const auto content = checked(*text);
  if (!content) return unusable("the file is damaged");
  try {
    return from_json(Json::parse(*content));
  } catch (const Json::exception&) {
    return unusable("the file is not of this version");
  }
}

std::optional<std::string> LiftFile::save(const KeptLifts& kept) const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return error.message();
  const std::string content = content_of(kept);
  return write_text_safely(file_, [&](const PutText& put) {
    put(content);
    put(checksum_line(content));
  });
}

}  // namespace aven::app
