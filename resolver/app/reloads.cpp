#include "app/reloads.h"

#include <array>
#include <utility>

#include "app/rollback.h"
#include "app/rule_diff.h"
#include "base/tick.h"

namespace aven::app {
namespace {

using policy::Json;
using server::Decision;
using server::LoadReason;

std::string whole_percent(double share) {
  return std::to_string(static_cast<int>(share + 0.5)) + " %";
}

std::string_view key_of(policy::Severity severity) noexcept {
  static constexpr std::array<std::string_view, 3> Keys{"note", "warning", "error"};
  return Keys[static_cast<std::size_t>(severity)];
}

Json side_json(const Rehearsal& rehearsal, const Rehearsal::Side& side) {
  Json first = Json::array();
  for (const auto& name : side.first) {
    first.push_back({{"name", name.name}, {"asked", name.asked}, {"groups", name.groups}});
  }
  return {{"names", side.names},
          {"asked", side.asked},
          {"share_percent", rehearsal.share_percent(side)},
          {"first", std::move(first)}};
}

}  // namespace

Reloads::Reloads(const ControlWorld& world, ChangeWatch& changes, std::function<std::uint64_t()> questions)
    : world_(world), changes_(changes), questions_(std::move(questions)) {}

void Reloads::add_to(Control& control) {
  control.add("/api/v1/reload", {"trial", "force", "reason", "policy"},
              [this](const ControlCall& call, const Control::Answer& answer) { ask(call, answer); });
}

void Reloads::ask(const ControlCall& call, const Control::Answer& answer) {
  Request request;
  call.body.boolean("trial", request.trial);
  call.body.boolean("force", request.force);
  call.body.string("reason", request.reason);
  call.body.string("policy", request.expected);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  if (request.force && request.reason.empty()) {
    return answer(status::error_response(400, "bad_request", "force needs a reason."));
  }
  if (request_) {
    return answer(status::error_response(409, "busy", "Another reload is under way: try again when it is done."));
  }
  request.account = call.account;
  const bool trial = request.trial;
  request_ = std::move(request);
  look_.reset();
  const auto& state = world_.config.state;
  const auto rollback = read_rollback(state);
  if (!trial) end_rollback(state);
  const auto done = [this, trial, answer, rollback,
                     before = world_.server.current().policy->id()](const server::Loaded& result) {
    request_.reset();
    const bool stays = !trial && !result.usable() && rollback && *rollback;
    if (stays) write_rollback(world_.config.state, **rollback);  // what it brought runs on
    answer(json_answer(to_json(result, trial, before)));
  };
  if (trial) {
    world_.server.try_load(done);
  } else {
    world_.server.reload(done);
  }
}

void Reloads::review(LoadReason reason, const server::Loaded& loaded, const server::Decide& decided) {
  const auto& current = world_.server.current();
  Look look{current.policy->id(), loaded.policy->id(), {}, {}};
  if (look.policy_before == look.policy_after) return decide(std::move(look), reason, decided);
  world_.server.walk_cache([this, look = std::move(look), reason, decided, before = current.policy,
                            after = loaded.policy, old_calendar = *current.calendar, new_calendar = *loaded.calendar,
                            questions = questions_()](std::vector<server::CachedReply> replies) {
    const auto kept = std::make_shared<const std::vector<server::CachedReply>>(std::move(replies));
    world_.server.run_on_loader([=, this]() mutable {
      look.rules = rule_changes(*before, *after);
      look.rehearsal = rehearse({*before, old_calendar}, {*after, new_calendar}, *kept, questions, read_wall_time());
      world_.server.post(
          [this, reason, decided, look = std::move(look)]() mutable { decide(std::move(look), reason, decided); });
    });
  });
}

void Reloads::decide(Look look, LoadReason reason, const server::Decide& decided) {
  look_ = std::move(look);
  if (reason == LoadReason::Trial) return decided(Decision::Forget, {});
  const bool asked = reason == LoadReason::Request && request_;
  if (const auto why = objection(asked ? request_ : std::nullopt)) {
    return decided(Decision::Refuse, {{world_.config.policy.file, "", *why, policy::Severity::Error}});
  }
  if (asked) changes_.asked_by(request_->account, request_->reason);
  decided(Decision::Install, {});
}

std::optional<std::string> Reloads::objection(const std::optional<Request>& request) const {
  if (request && !request->expected.empty() && request->expected != look_->policy_after) {
    return "the files changed after they were shown: ask again";
  }
  const auto& rehearsal = look_->rehearsal;
  const double share = rehearsal.share_percent(rehearsal.blocked);
  const auto most = world_.config.max_new_share_percent;
  if ((request && request->force) || rehearsal.questions < LeastQuestions || share <= most) return std::nullopt;
  std::string names;
  for (std::size_t i = 0; i < rehearsal.blocked.first.size() && i < 3; ++i) {
    names += (names.empty() ? "" : ", ") + rehearsal.blocked.first[i].name;
  }
  return "the new rules would block " + whole_percent(share) + " of the last hour's questions (" + names +
         " ...), and at most " + std::to_string(most) +
         " % is taken unasked (max_new_share_percent): if it is meant, `aven reload --force --reason TEXT`";
}

std::vector<RuleChange> Reloads::take_difference() {
  return look_ ? std::move(look_->rules) : std::vector<RuleChange>{};
}

std::string Reloads::to_json(const server::Loaded& result, bool trial, const std::string& before) const {
  const Look nothing{before, "", {}, {}};
  const Look& look = look_ ? *look_ : nothing;
  Json problems = Json::array();
  bool good = look_.has_value();
  for (const auto& problem : result.problems) {
    good = good && problem.severity != policy::Severity::Error;
    problems.push_back({{"severity", key_of(problem.severity)},
                        {"file", problem.file},
                        {"pointer", problem.pointer},
                        {"text", problem.text}});
  }
  const Json json{{"trial", trial},
                  {"good", good},
                  {"in_force", !trial && result.usable()},
                  {"policy_before", look.policy_before},
                  {"policy_after", look.policy_after},
                  {"rules", Json::parse(app::to_json(look.rules))},
                  {"rehearsal",
                   {{"names", look.rehearsal.names},
                    {"questions", look.rehearsal.questions},
                    {"blocked", side_json(look.rehearsal, look.rehearsal.blocked)},
                    {"allowed", side_json(look.rehearsal, look.rehearsal.allowed)}}},
                  {"objection", trial && look_ ? objection(std::nullopt).value_or("") : ""},
                  {"problems", std::move(problems)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aven::app
