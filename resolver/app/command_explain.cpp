#include <iostream>
#include <optional>

#include "app/commands.h"
#include "app/loading.h"
#include "app/told.h"
#include "base/tick.h"
#include "dns/text.h"
#include "policy/calendar.h"

namespace aven::app {
namespace {

// The question but for its moment, which needs the configuration's time zone.
std::optional<Question> parse_question(const ExplainOptions& options) {
  const auto wrong = [](const char* option, const std::string& text) {
    std::cerr << "aven explain: " << option << " \"" << text << "\" cannot be read.\n";
    return std::nullopt;
  };
  Question question;
  const auto name = dns::Name::from_text(options.name);
  if (!name) return wrong("the name", options.name);
  question.name = *name;
  const auto type = dns::parse_type(options.type);
  if (!type) return wrong("--type", options.type);
  question.type = *type;
  const auto client = IpAddress::parse(options.client);
  if (!client) return wrong("--client", options.client);
  question.client = *client;
  return question;
}

}  // namespace

int explain(const ExplainOptions& options) {
  auto question = parse_question(options);
  if (!question) return WrongUsage;
  std::optional<date::local_seconds> moment;
  if (!options.at.empty()) {
    const auto parsed = policy::parse_moment(options.at, policy::DayEnd::No);
    if (!parsed) {
      std::cerr << "aven explain: --at \"" << options.at << "\": " << parsed.error() << '\n';
      return WrongUsage;
    }
    moment = *parsed;
  }

  Places places;
  places.config = options.config;
  const WallTime now = read_wall_time();
  const LoadedSet set = Loading{places}.from_files(1, now);
  if (!set.loaded.usable()) {
    for (const auto& problem : set.loaded.problems) std::cerr << policy::to_text(problem) << '\n';
    std::cerr << "These files are refused, so there is nothing to explain.\n";
    return ProblemsFound;
  }
  question->at = moment ? set.loaded.calendar->utc(*moment) : now;
  const Told told = tell(set, *question);
  if (options.json) {
    std::cout << to_json(told) << '\n';
  } else {
    std::cout << to_words(told, spoken_language(set.config.policy.language));
  }
  return Done;
}

}  // namespace aven::app
