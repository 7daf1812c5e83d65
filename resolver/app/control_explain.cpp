#include <optional>

#include "app/control_actions.h"
#include "app/running_set.h"
#include "app/told.h"
#include "base/tick.h"
#include "dns/text.h"

namespace aven::app {
namespace {

using status::Api;
using status::Response;

Response wrong(std::string_view text) {
  return status::error_response(400, "bad_request", text);
}

// Parameters as those of the page, and `at` (local time) and `words` ("en", "fr": for people).
Response explain(const ControlWorld& world, const Api::Parameters& parameters) {
  const auto name = dns::Name::from_text(parameters("name").value_or(""));
  if (!name) return wrong("name must be a domain name.");
  const auto type = dns::parse_type(parameters("type").value_or("A"));
  if (!type) return wrong("type must be a record type such as A, AAAA or HTTPS.");
  const auto client = IpAddress::parse(parameters("client").value_or("127.0.0.1"));
  if (!client) return wrong("client must be an address.");

  LoadedSet set = running_set(world.server.current());
  set.config.policy.timezone = world.config.policy.timezone;
  Question question{*name, *type, *client, read_wall_time()};
  if (const auto at = parameters("at")) {
    const auto moment = policy::parse_moment(*at, policy::DayEnd::No);
    if (!moment) return wrong("at: " + moment.error());
    question.at = set.loaded.calendar->utc(*moment);
  }
  const Told told = tell(set, question, world.server.current().lifts);
  const auto words = parameters("words");
  if (!words) return json_answer(to_json(told));
  const policy::Json json{{"words", to_words(told, *words == "fr" ? Language::Fr : Language::En)},
                          {"policy", set.loaded.policy->id()}};
  return json_answer(json.dump(-1, ' ', false, policy::Json::error_handler_t::replace));
}

}  // namespace

void add_explain(Control& control, const ControlWorld& world) {
  control.add_view("/api/v1/explain",
                   [world](const Api::Parameters& parameters) { return explain(world, parameters); });
}

}  // namespace aven::app
