#include <algorithm>

#include "app/control_lifts.h"
#include "app/time_span.h"
#include "base/tick.h"
#include "policy/rule_text.h"

namespace aven::app {
namespace {

using policy::Json;
using policy::Pause;
using policy::PauseScope;

constexpr std::chrono::seconds LongestPause = std::chrono::hours{24} * 7;
constexpr std::size_t MostReason = 500;  // octets
constexpr std::string_view ScopeChoices[] = {"all", "rule", "group"};

void wrong(const ControlCall& call, const char* key, std::string text) {
  call.problems.push_back({"request", call.body.pointer_to(key), std::move(text), policy::Severity::Error});
}

// `scope` and `target`, which must be in force.
Pause read_what(const ControlCall& call, const policy::Policy& policy) {
  Pause pause;
  call.body.choice("scope", pause.scope, ScopeChoices);
  call.body.string("target", pause.target);
  if (pause.scope == PauseScope::All) pause.target.clear();
  if (pause.scope == PauseScope::Rule) read_rule(call, pause.target, policy, "target");
  if (pause.scope == PauseScope::Group) {
    const auto& groups = policy.group_names();
    if (std::find(groups.begin(), groups.end(), pause.target) == groups.end()) {
      wrong(call, "target", "there is no group \"" + pause.target + '"');
    }
  }
  return pause;
}

void pause(const ControlWorld& world, LiftKeeper& keeper, const ControlCall& call, const Control::Answer& answer) {
  Pause pause = read_what(call, *world.server.current().policy);
  if (call.body.find("scope") == nullptr) wrong(call, "scope", "say what to pause: all, rule or group");
  pause.record = read_lift(call, LongestPause, read_wall_time());
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  const auto number = keeper.pause(std::move(pause), call.account);
  answer(json_answer(Json{{"number", number}, {"kept", !keeper.problem()}}.dump()));
}

void resume(LiftKeeper& keeper, const ControlCall& call, const Control::Answer& answer) {
  const bool everything = call.body.find("scope") == nullptr;
  Pause what;
  call.body.choice("scope", what.scope, ScopeChoices);
  call.body.string("target", what.target);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  const auto resumed = keeper.resume(
      [&](const Pause& one) { return everything || (one.scope == what.scope && one.target == what.target); },
      call.account);
  answer(json_answer(Json{{"resumed", resumed}, {"kept", !keeper.problem()}}.dump()));
}

}  // namespace

policy::LiftRecord read_lift(const ControlCall& call, std::chrono::seconds longest, WallTime now) {
  policy::LiftRecord record;
  std::uint64_t seconds = 0;
  call.body.number("seconds", seconds, 1, static_cast<std::uint64_t>(INT32_MAX));
  call.body.string("reason", record.reason);
  record.by = call.account;
  call.body.string("by", record.by);
  if (seconds == 0 && call.problems.empty()) wrong(call, "seconds", "say for how long");
  const std::chrono::seconds span{seconds};
  if (span > longest) wrong(call, "seconds", "at most " + span_words(longest) + " can be given");
  if (record.reason.empty()) wrong(call, "reason", "say why");
  if (record.reason.size() > MostReason) wrong(call, "reason", "at most 500 octets fit");
  if (record.by.empty() || record.by.size() > MostReason) wrong(call, "by", "a name of at most 500 octets");
  record.from = now;
  record.until = now + span;
  return record;
}

std::optional<policy::RuleIndex> read_rule(const ControlCall& call, const std::string& id, const policy::Policy& policy,
                                           const char* key) {
  std::vector<std::string> ids;
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) ids.push_back(policy.rule(i).full_id());
  const auto found = std::find(ids.begin(), ids.end(), id);
  if (found == ids.end()) {
    const auto nearest = policy::nearest_key(id, {ids.begin(), ids.end()});
    wrong(call, key,
          "there is no rule \"" + id + '"' +
              (nearest.empty() ? std::string{} : "; did you mean \"" + std::string{nearest} + "\"?"));
    return std::nullopt;
  }
  const auto index = static_cast<policy::RuleIndex>(found - ids.begin());
  const auto& rule = policy.rule(index);
  if (rule.mode == policy::Mode::Enforce && rule.action != policy::Action::Allow) return index;
  wrong(call, key,
        "the rule \"" + id + "\" blocks nothing: it is " +
            (rule.action == policy::Action::Allow ? std::string{"an allow rule"}
                                                  : "in mode " + std::string{policy::mode_key(rule.mode)}));
  return std::nullopt;
}

void add_pause(Control& control, const ControlWorld& world, LiftKeeper& keeper) {
  control.add(
      "/api/v1/pause", {"scope", "target", "seconds", "reason", "by"},
      [world, &keeper](const ControlCall& call, const Control::Answer& answer) { pause(world, keeper, call, answer); });
  control.add("/api/v1/resume", {"scope", "target"},
              [&keeper](const ControlCall& call, const Control::Answer& answer) { resume(keeper, call, answer); });
}

}  // namespace aven::app
