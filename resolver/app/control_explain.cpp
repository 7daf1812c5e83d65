#include <memory>
#include <optional>
#include <utility>

#include "app/control_actions.h"
#include "app/running_set.h"
#include "app/told_reply.h"
#include "base/expected.h"
#include "base/tick.h"
#include "dns/text.h"

namespace aven::app {
namespace {

using status::Api;
using status::Response;

Response wrong(std::string_view text) {
  return status::error_response(400, "bad_request", text);
}

// What is asked, and the policy of that moment.
struct Asked {
  LoadedSet set;
  Question question;
  policy::Lifts lifts;
  std::string words;  // "en", "fr": for people; empty: JSON
};

// Parameters as those of the page, and `at` (local time) and `words` ("en", "fr": for people).
Expected<Asked, std::string> read(const ControlWorld& world, const Api::Parameters& parameters) {
  const auto name = dns::Name::from_text(parameters("name").value_or(""));
  if (!name) return Unexpected<std::string>{"name must be a domain name."};
  const auto type = dns::parse_type(parameters("type").value_or("A"));
  if (!type) return Unexpected<std::string>{"type must be a record type such as A, AAAA or HTTPS."};
  const auto client = IpAddress::parse(parameters("client").value_or("127.0.0.1"));
  if (!client) return Unexpected<std::string>{"client must be an address."};

  const auto& current = world.server.current();
  Asked asked{running_set(current, {world.config.rules, world.config.state}),
              {*name, *type, *client, read_wall_time()},
              current.lifts,
              parameters("words").value_or("")};
  asked.set.config.policy.timezone = world.config.policy.timezone;
  if (const auto at = parameters("at")) {
    const auto moment = policy::parse_moment(*at, policy::DayEnd::No);
    if (!moment) return Unexpected<std::string>{"at: " + moment.error()};
    asked.question.at = asked.set.loaded.calendar->utc(*moment);
  }
  return asked;
}

Response answer_of(const Told& told, const std::string& words) {
  if (words.empty()) return json_answer(to_json(told));
  const policy::Json json{{"words", to_words(told, words == "fr" ? Language::Fr : Language::En)},
                          {"policy", told.set.loaded.policy->id()}};
  return json_answer(json.dump(-1, ' ', false, policy::Json::error_handler_t::replace));
}

// The loader answers: to name a line may mean to read a long list.
void explain(const ControlWorld& world, const Api::Parameters& parameters, const Control::Answer& answer) {
  auto read_asked = read(world, parameters);
  if (!read_asked) return answer(wrong(read_asked.error()));
  const auto asked = std::make_shared<const Asked>(std::move(*read_asked));
  world.server.find_reply(ask_of(*asked->set.loaded.policy, asked->question),
                          [asked, answer, &server = world.server](const std::vector<std::uint8_t>& wire) {
                            server.run_on_loader([asked, answer, wire] {
                              Told told = tell(asked->set, asked->question, asked->lifts);
                              follow_reply(told, wire, asked->lifts);
                              answer(answer_of(told, asked->words));
                            });
                          });
}

}  // namespace

void add_explain(Control& control, const ControlWorld& world) {
  control.add_view("/api/v1/explain", [world](const Api::Parameters& parameters, const Control::Answer& answer) {
    explain(world, parameters, answer);
  });
}

}  // namespace aven::app
