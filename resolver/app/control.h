// Control: what may be asked of the running daemon over its control socket. Each thing to ask is an action under a
// path; its work is done on control's thread, DNS never waits for it.
//
//   Control control;
//   control.add("/api/v1/flush", {"name", "all"}, [](const ControlCall& call, const Control::Answer& answer) {...});
//   auto problem = control.start(config, server, page);
//   server.run(...);
//   control.end();
//
// Thread: all of it control's; actions run there, inside Server::run().
// Lifetime: made before the server and destroyed after it; end() before the server is destroyed.
// Fails: start() with a problem; DNS goes on without the socket, but not beside another Aven that serves it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/control_waits.h"
#include "app/status_page.h"
#include "policy/json_object.h"
#include "server/server.h"
#include "status/control_server.h"

namespace aven::app {

// One call of an action.
struct ControlCall {
  const policy::JsonObject& body;  // only until the action returns
  std::string account;             // "alice (uid 1000)"
  // Wrong values of `body` come together here.
  policy::Problems& problems;
};

class Control {
 public:
  using Answer = ControlWaits::Answer;
  // Answers now or later, once, on any thread.
  using Action = std::function<void(const ControlCall& call, const Answer& answer)>;
  // Answers a GET, as an Action; `parameters` last until it is answered.
  using View = std::function<void(const status::Api::Parameters& parameters, const Answer& answer)>;

  Control();
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Before start(). `keys`: what the body of the POST may hold.
  void add(std::string path, std::vector<std::string_view> keys, Action action);
  void add_view(std::string path, View view);

  struct Failure {
    bool in_use = false;  // another Aven serves the socket
    policy::Problem problem;
  };
  std::optional<Failure> start(const Config& config, server::Server& server, StatusPage& page);
  // After Server::run(): nobody waits for an answer any more, the socket is closed.
  void end();

 private:
  struct Post {
    std::vector<std::string_view> keys;
    Action action;
  };
  std::optional<status::Response> act(const status::ControlRequest& request);
  void run(const Post& post, const status::ControlRequest& request, const Answer& answer) const;

  std::map<std::string, Post, std::less<>> posts_;
  std::map<std::string, View, std::less<>> views_;
  server::Server* server_ = nullptr;
  ControlWaits waits_;
  std::unique_ptr<status::ControlServer> socket_;  // last: its threads end before what they use
};

// Answers with a JSON document.
status::Response json_answer(std::string body);
// 400 with every problem of a body as one text; nothing without one.
std::optional<status::Response> bad_body(const policy::Problems& problems);

}  // namespace aven::app
