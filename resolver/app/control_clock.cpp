#include <utility>

#include "app/control_actions.h"
#include "app/journal_line.h"
#include "app/version.h"

namespace aven::app {
namespace {

using policy::Json;

// A machine without a battery may start far back, and one that was ahead is set right: only then someone has to say so.
void accept(const ControlWorld& world, WallTime earliest, const ControlCall& call, const Control::Answer& answer) {
  std::string reason;
  call.body.string("reason", reason);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  if (reason.empty()) return answer(status::error_response(400, "bad_request", "give a reason."));
  const WallTime now = read_wall_time();
  if (now >= earliest) {
    return answer(status::error_response(409, "believed", "the clock is believed: there is nothing to accept."));
  }
  if (now < build_time()) {
    return answer(status::error_response(
        409, "too_early", "the clock shows a moment before this Aven was built: it cannot be right, so set it first."));
  }
  ChangeRecord change;
  change.kind = ChangeKind::ClockBelieved;
  change.cause = "request";
  change.account = call.account;
  change.reason = std::move(reason);
  change.details = {{"clock", utc_text(now)}, {"instead_of", utc_text(earliest)}};
  world.changes.record(std::move(change), [answer, now](bool on_disk) {
    if (on_disk) return answer(json_answer(Json{{"accepted", utc_text(now)}}.dump()));
    answer(status::error_response(503, "not_written",
                                  "the journal cannot be written now; the clock is accepted as soon as it can."));
  });
}

Json told(WallTime earliest) {
  const WallTime now = read_wall_time();
  return {{"clock", utc_text(now)},
          {"believed", now >= earliest},
          {"earliest", utc_text(earliest)},
          {"may_be_accepted", now < earliest && now >= build_time()}};
}

}  // namespace

void add_clock(Control& control, const ControlWorld& world, std::function<WallTime()> earliest) {
  control.add_view("/api/v1/clock", [earliest](const status::Api::Parameters&, const Control::Answer& answer) {
    answer(json_answer(told(earliest()).dump()));
  });
  control.add("/api/v1/clock", {"reason"},
              [world, earliest = std::move(earliest)](const ControlCall& call, const Control::Answer& answer) {
                accept(world, earliest(), call, answer);
              });
}

}  // namespace aven::app
