// Reloads: looks at each new set before it comes into force: what its rules change, and what that would do to the
// questions of the last hour. Too much is refused unless it is asked for by name. Offers `reload` on the control socket.
// Thread: control's; the looking is done on the loader's thread.
// Lifetime: what it is made with outlives it, and it outlives the server's run().
// Fails: never.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/change_watch.h"
#include "app/control_actions.h"
#include "app/rehearsal.h"
#include "server/loaded.h"

namespace aven::app {

class Reloads {
 public:
  // Below so many questions in the last hour a share says nothing, and nothing is refused for it.
  static constexpr std::uint64_t LeastQuestions = 1000;

  // `questions` gives how many were answered in the last hour.
  Reloads(const ControlWorld& world, ChangeWatch& changes, std::function<std::uint64_t()> questions);

  void add_to(Control& control);
  // ServerOptions::review.
  void review(server::LoadReason reason, const server::Loaded& loaded, const server::Decide& decide);
  // What the set that was looked at last changes, once.
  std::vector<RuleChange> take_difference();

 private:
  struct Request {
    bool trial = false, force = false;
    std::string reason, account;
    std::string expected;  // id of the policy that was shown; empty: any
  };
  struct Look {
    std::string policy_before, policy_after;
    std::vector<RuleChange> rules;
    Rehearsal rehearsal;
  };

  void ask(const ControlCall& call, const Control::Answer& answer);
  void decide(Look look, server::LoadReason reason, const server::Decide& decide);
  std::optional<std::string> objection(const std::optional<Request>& request) const;
  std::string to_json(const server::Loaded& result, bool trial, const std::string& before) const;

  const ControlWorld world_;
  ChangeWatch& changes_;
  std::function<std::uint64_t()> questions_;
  std::optional<Request> request_;
  std::optional<Look> look_;  // of the set that was decided on last
};

}  // namespace aven::app
