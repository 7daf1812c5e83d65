#include "app/ask_daemon.h"

#include <iostream>

namespace aven::app {
namespace {

using policy::Json;

std::filesystem::path socket_of(const DaemonOptions& options) {
  return options.socket.empty() ? control_socket_of(options.config) : std::filesystem::path{options.socket};
}

// The text of {"error": {"code": ..., "text": ...}}, or the whole body.
std::string error_text(const std::string& body) {
  const auto json = Json::parse(body, nullptr, false);
  const auto place = "/error/text"_json_pointer;
  if (json.is_discarded() || !json.contains(place) || !json.at(place).is_string()) return body;
  return json.at(place).get<std::string>();
}

}  // namespace

AskDaemon::AskDaemon(const char* command, const DaemonOptions& options, int code_of_failure)
    : command_(command), json_(options.json), client_(socket_of(options)), code_(code_of_failure) {}

std::optional<Json> AskDaemon::get(const std::string& path) {
  return result(client_.get(path));
}

std::optional<Json> AskDaemon::post(const std::string& path, const Json& body) {
  return result(client_.post(path, body.dump()));
}

bool AskDaemon::is_running() const {
  const auto reply = client_.get("/healthz");
  return reply || reply.error().kind != ControlFailure::Kind::NotRunning;
}

std::optional<Json> AskDaemon::result(const Expected<ControlReply, ControlFailure>& reply) {
  if (reply && reply->good()) {
    auto json = Json::parse(reply->body, nullptr, false);
    if (!json.is_discarded()) return json;
  }
  const std::string text = reply ? error_text(reply->body) : reply.error().text;
  if (json_) std::cout << Json{{"error", text}}.dump() << '\n';
  std::cerr << "aven " << command_ << ": " << text << '\n';
  return std::nullopt;
}

}  // namespace aven::app
