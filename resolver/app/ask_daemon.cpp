#include "app/ask_daemon.h"

#include <iostream>

#include "app/commands.h"

namespace aven::app {
namespace {

using policy::Json;

// The text of {"error": {"code": ..., "text": ...}}, or the whole body.
std::string error_text(const std::string& body) {
  const auto json = Json::parse(body, nullptr, false);
  const auto place = "/error/text"_json_pointer;
  if (json.is_discarded() || !json.contains(place) || !json.at(place).is_string()) return body;
  return json.at(place).get<std::string>();
}

}  // namespace

AskDaemon::AskDaemon(const char* command, const DaemonOptions& options, int code_of_failure)
    : AskDaemon(command, options, code_of_failure, daemon_settings(options.config)) {}

AskDaemon::AskDaemon(const char* command, const DaemonOptions& options, int code_of_failure,
                     const DaemonSettings& settings)
    : command_(command),
      json_(options.json),
      language_(spoken_language(settings.language)),
      client_(options.socket.empty() ? settings.control : std::filesystem::path{options.socket}),
      code_(code_of_failure) {}

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
  const std::string text = reply ? error_text(reply->body) : words(reply.error());
  if (json_) std::cout << Json{{"error", text}}.dump() << '\n';
  std::cerr << "aven " << command_ << ": " << text << '\n';
  return std::nullopt;
}

std::string AskDaemon::words(const ControlFailure& failure) const {
  const std::string socket = client_.socket().string();
  switch (failure.kind) {
    case ControlFailure::Kind::NotRunning:
      return say({"Aven is not running: nobody answers at ", "Aven n'est pas lancé : personne ne répond à "}) + socket +
             say({". Start it with `aven serve`, or name its configuration with -c FILE.",
                  ". Lancez-le par `aven serve`, ou indiquez sa configuration par -c FICHIER."});
    case ControlFailure::Kind::NoPermission:
      return say({"You may not use ", "Vous n'avez pas le droit d'utiliser "}) + socket +
             say({": only its owner and the group of that file may. Use sudo, or become a member.",
                  " : seuls son propriétaire et le groupe de ce fichier l'ont. Utilisez sudo, ou devenez membre."});
    case ControlFailure::Kind::Other:
      break;
  }
  return say({"Aven does not answer at ", "Aven ne répond pas à "}) + socket + say({": ", " : "}) + failure.detail +
         '.';
}

int AskDaemon::wrong(Phrase text) const {
  std::cerr << "aven " << command_ << ": " << text.in(language_) << '\n';
  return WrongUsage;
}

}  // namespace aven::app
