#include "app/control_actions.h"
#include "dns/name.h"

namespace aven::app {
namespace {

void flush(const ControlWorld& world, const ControlCall& call, const Control::Answer& answer) {
  std::string text;
  bool all = false;
  server::FlushRequest request;
  call.body.string("name", text);
  call.body.boolean("subtree", request.below);
  call.body.boolean("all", all);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  if (!text.empty()) request.name = dns::Name::from_text(text);
  if (request.name.has_value() == all) {
    return answer(status::error_response(400, "bad_request", "give either a name, or all."));
  }
  ChangeRecord change;
  change.kind = ChangeKind::CacheFlushed;
  change.cause = "request";
  change.account = call.account;
  change.details = {{"what", all ? "all" : request.below ? "a name and all below" : "a name"}};
  world.server.flush_cache(request, [&changes = world.changes, change, answer](std::size_t entries) {
    changes.record(change);
    answer(json_answer(policy::Json{{"entries", entries}}.dump()));
  });
}

}  // namespace

void add_flush(Control& control, const ControlWorld& world) {
  control.add("/api/v1/flush", {"name", "subtree", "all"},
              [world](const ControlCall& call, const Control::Answer& answer) { flush(world, call, answer); });
}

}  // namespace aven::app
