#include <algorithm>
#include <date/date.h>

#include "app/control_lifts.h"
#include "base/tick.h"

namespace aven::app {
namespace {

using policy::Json;

Json to_json(const policy::Exemption& exemption, WallTime now, bool active) {
  const auto left = active ? std::max(exemption.record.until - now, std::chrono::seconds{0}) : std::chrono::seconds{0};
  return {{"number", exemption.record.number},
          {"rule", exemption.rule},
          {"client", exemption.client.text()},
          {"from", date::format("%FT%TZ", exemption.record.from)},
          {"until", date::format("%FT%TZ", exemption.record.until)},
          {"left_s", left.count()},
          {"active", active},
          {"reason", exemption.record.reason},
          {"by", exemption.record.by}};
}

status::Response list(const LiftKeeper& keeper) {
  const WallTime now = read_wall_time();
  Json all = Json::array();
  for (const auto& exemption : keeper.kept().lifts.exemptions) all.push_back(to_json(exemption, now, true));
  for (const auto& exemption : keeper.kept().ended) all.push_back(to_json(exemption, now, false));
  return json_answer(Json{{"exemptions", std::move(all)}}.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void exempt(const ControlWorld& world, LiftKeeper& keeper, const ControlCall& call, const Control::Answer& answer) {
  const auto& policy = *world.server.current().policy;
  policy::Exemption exemption;
  std::string client;
  call.body.string("rule", exemption.rule);
  call.body.string("client", client);
  const auto rule = read_rule(call, exemption.rule, policy, "rule");
  const auto address = IpAddress::parse(client);
  const auto wrong = [&](std::string text) {
    call.problems.push_back({"request", "/client", std::move(text), policy::Severity::Error});
  };
  if (!address) wrong('"' + client + "\" is not one address");
  exemption.client = address.value_or(IpAddress{}).unmapped();
  exemption.record = read_lift(call, std::chrono::hours{world.config.max_exemption_hours}, read_wall_time());
  if (keeper.kept().lifts.exemptions.size() >= LiftKeeper::MostExemptions) wrong("there are too many exemptions");
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  const auto number = keeper.exempt(std::move(exemption), call.account);
  answer(json_answer(
      Json{{"number", number}, {"held_s", policy.blocked_answer(*rule).ttl}, {"kept", !keeper.problem()}}.dump()));
}

void end(LiftKeeper& keeper, const ControlCall& call, const Control::Answer& answer) {
  std::uint64_t number = 0;
  call.body.number("number", number, 1, UINT64_MAX);
  if (auto bad = bad_body(call.problems)) return answer(std::move(*bad));
  if (!keeper.end_exemption(number, read_wall_time(), call.account)) {
    return answer(status::error_response(404, "not_found", "no exemption of that number is in force"));
  }
  answer(json_answer(Json{{"ended", number}, {"kept", !keeper.problem()}}.dump()));
}

}  // namespace

void add_exempt(Control& control, const ControlWorld& world, LiftKeeper& keeper) {
  control.add("/api/v1/exempt", {"rule", "client", "seconds", "reason", "by"},
              [world, &keeper](const ControlCall& call, const Control::Answer& answer) {
                exempt(world, keeper, call, answer);
              });
  control.add("/api/v1/exempt/end", {"number"},
              [&keeper](const ControlCall& call, const Control::Answer& answer) { end(keeper, call, answer); });
  control.add_view("/api/v1/exemptions",
                   [&keeper](const status::Api::Parameters&, const Control::Answer& answer) { answer(list(keeper)); });
}

}  // namespace aven::app
