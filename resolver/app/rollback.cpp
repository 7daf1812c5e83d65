#include "app/rollback.h"

#include <exception>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/journal_line.h"
#include "app/text_file.h"

namespace aven::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

fs::path rollback_file(const fs::path& state) {
  return state / "rollback.json";
}

Expected<std::optional<RollbackMark>, std::string> read_rollback(const fs::path& state) {
  std::error_code error;
  if (!fs::exists(rollback_file(state), error)) return std::optional<RollbackMark>{};
  const auto text = read_text(rollback_file(state));
  if (!text) return Unexpected{text.error()};
  try {
    Json json = Json::parse(*text);
    const auto checksum = json.at("sha256").get<std::string>();
    json.erase("sha256");
    const auto at = parse_utc(json.at("at").get<std::string>());
    if (!at || sha256_of(text_of(json)) != checksum) return Unexpected<std::string>{"it is damaged"};
    RollbackMark mark{json.at("policy"), json.at("reason"), json.at("account"), *at, json.at("files")};
    return std::optional{std::move(mark)};
  } catch (const std::exception&) {
    return Unexpected<std::string>{"it is damaged"};
  }
}

std::optional<std::string> write_rollback(const fs::path& state, const RollbackMark& mark) {
  Json json{{"format", 1},
            {"policy", mark.policy},
            {"reason", mark.reason},
            {"account", mark.account},
            {"at", utc_text(mark.at)},
            {"files", mark.files}};
  json["sha256"] = sha256_of(text_of(json));
  return write_text_safely(rollback_file(state), [&](const PutText& put) { put(text_of(json) + '\n'); });
}

std::optional<std::string> end_rollback(const fs::path& state) {
  std::error_code error;
  fs::remove(rollback_file(state), error);
  return error ? std::optional{error.message()} : std::nullopt;
}

}  // namespace aven::app
