#include "app/first_config.h"

#include <nlohmann/json.hpp>

namespace aven::app {
namespace {

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + quoted(word);
  return '[' + text + ']';
}

}  // namespace

std::string first_config_text(const FirstConfig& config) {
  const std::vector<std::string> servers =
      config.upstreams.empty() ? std::vector<std::string>{"system"} : config.upstreams;
  return "// Configuration of Aven. aven.json(5) describes every key; each is optional.\n"
         "// After a change: aven check, then systemctl reload aven. What needs a restart is said in the log.\n"
         "{\n"
         "  \"$schema\": \"/usr/share/aven/aven.schema.json\",\n"
         "  \"listen\": " +
         list(config.listen) +
         ",\n"
         "  // Who is asked for what no rule names; \"system\" = the servers of /etc/resolv.conf.\n"
         "  \"upstreams\": {\"default\": {\"servers\": " +
         list(servers) +
         "}},\n"
         "  // Networks of clients, to name in rules: {\"agents\": [\"10.10.0.0/16\"]}\n"
         "  \"groups\": {},\n"
         "  \"rules\": \"rules\",\n"
         "  \"state\": \"/var/lib/aven\",\n"
         "  \"control\": \"/run/aven/control.sock\",\n"
         "  // The time zone of the dates in rules.\n"
         "  \"timezone\": " +
         quoted(config.timezone.empty() ? "UTC" : config.timezone) +
         ",\n"
         "  // The language of the reasons that clients get: en or fr.\n"
         "  \"language\": " +
         quoted(config.language) +
         ",\n"
         "  // The status page, for this machine alone.\n"
         "  \"status\": {\"listen\": \"127.0.0.1:8053\"}\n"
         "}\n";
}

}  // namespace aven::app
