#include "app/control_actions.h"
#include "app/policy_archive.h"
#include "app/rollback.h"

namespace aven::app {
namespace {

void roll_back(const ControlWorld& world, const ControlCall& call, const Control::Answer& answer) {
  std::string policy, reason;
  call.body.string("policy", policy);
  call.body.string("reason", reason);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  if (policy.empty() || reason.empty()) {
    return answer(status::error_response(400, "bad_request", "give policy and reason."));
  }
  const auto& state = world.config.state;
  const auto archived = PolicyArchive{state}.load(policy);
  if (!archived) return answer(status::error_response(404, "not_found", archived.error()));
  if (const auto failure = write_rollback(state, {archived->id, reason, call.account, read_wall_time(), {}})) {
    return answer(status::error_response(500, "not_written", *failure));
  }
  world.server.reload([answer, id = archived->id, state](const server::Loaded& loaded) {
    if (loaded.usable() && loaded.policy->id() == id) return answer(json_answer(policy::Json{{"policy", id}}.dump()));
    end_rollback(state);
    std::string text = "it cannot be loaded, what ran stays";
    for (const auto& problem : loaded.problems) text += "; " + policy::to_text(problem);
    answer(status::error_response(409, "refused", text));
  });
}

}  // namespace

void add_rollback(Control& control, const ControlWorld& world) {
  control.add("/api/v1/rollback", {"policy", "reason"},
              [world](const ControlCall& call, const Control::Answer& answer) { roll_back(world, call, answer); });
}

}  // namespace aven::app
