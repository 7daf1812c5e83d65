#include "app/control.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace aven::app {
namespace {

constexpr const char* ControlGroup = "aven";
constexpr const char* BodyName = "request";

}  // namespace

status::Response json_answer(std::string body) {
  return {200, "application/json; charset=utf-8", std::move(body), nullptr};
}

std::optional<status::Response> bad_body(const policy::Problems& problems) {
  if (problems.empty()) return std::nullopt;
  std::string text;
  for (const auto& problem : problems) {
    text += (text.empty() ? "" : "; ") + problem.pointer + (problem.pointer.empty() ? "" : ": ") + problem.text;
  }
  return status::error_response(400, "bad_request", text);
}

Control::Control() = default;
Control::~Control() = default;

void Control::add(std::string path, std::vector<std::string_view> keys, Action action) {
  posts_.insert_or_assign(std::move(path), Post{std::move(keys), std::move(action)});
}

void Control::add_view(std::string path, View view) {
  views_.insert_or_assign(std::move(path), std::move(view));
}

std::optional<Control::Failure> Control::start(const Config& config, server::Server& server, StatusPage& page) {
  server_ = &server;
  std::error_code ignored;  // the socket says it
  std::filesystem::create_directories(config.control.parent_path(), ignored);
  auto socket = status::ControlServer::start(config.control, ControlGroup, page.board(), page.api_options(),
                                             [this](const status::ControlRequest& request) { return act(request); });
  if (socket) {
    socket_ = std::move(*socket);
    return std::nullopt;
  }
  const bool in_use = socket.error().kind == status::UnixSocketError::Kind::InUse;
  const char* then = in_use ? "" : "; `aven status`, `reload`, `pause` and the like cannot reach Aven";
  return Failure{in_use,
                 {config.policy.file, "/control",
                  "the control socket " + config.control.string() + " cannot be opened: " + socket.error().text + then,
                  in_use ? policy::Severity::Error : policy::Severity::Warning}};
}

void Control::end() {
  waits_.end();
  socket_.reset();
}

// On the connection's thread.
std::optional<status::Response> Control::act(const status::ControlRequest& request) {
  if (request.method == status::ControlRequest::Method::Get) {
    const auto view = views_.find(request.path);
    if (view == views_.end()) return std::nullopt;
    // The parameters are the connection's, whose thread waits here.
    return waits_.wait_for([&](const Answer& answer) {
      server_->post([&view = view->second, &request, answer] { view(request.parameters, answer); });
    });
  }
  const auto post = posts_.find(request.path);
  if (post == posts_.end()) return std::nullopt;
  return waits_.wait_for([&](const Answer& answer) {
    server_->post([this, &post = post->second, request, answer] { run(post, request, answer); });
  });
}

void Control::run(const Post& post, const status::ControlRequest& request, const Answer& answer) const {
  policy::Problems problems;
  policy::Json json = policy::Json::object();
  const std::string file{BodyName};
  const policy::ProblemSink sink{problems, file};
  if (!request.body.empty()) policy::parse_json(sink, request.body, policy::Comments::No, json);
  if (auto bad = bad_body(problems)) return answer(std::move(*bad));
  const policy::JsonObject body{json, "", post.keys, sink};
  if (auto bad = bad_body(problems)) return answer(std::move(*bad));
  post.action({body, request.account, problems}, answer);
}

}  // namespace aven::app
