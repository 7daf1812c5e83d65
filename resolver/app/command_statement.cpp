#include <algorithm>
#include <iostream>

#include "app/commands.h"
#include "app/journal_reader.h"
#include "app/loading.h"
#include "app/policy_history.h"
#include "app/statement.h"

namespace aven::app {
namespace {

int fail(const std::string& text) {
  std::cerr << "aven statement: " << text << '\n';
  return ProblemsFound;
}

// The policy at the end of that day, or the one that runs now; without a journal the files.
Expected<LoadedSet, std::string> set_of(const StatementOptions& options, const Loading& loading, const Config& config,
                                        WallTime day_end, WallTime now) {
  if (!options.policy.empty()) return loading.from_archive(options.policy, 1, now);
  const auto lines = read_journal(config.state / "journal").lines;
  if (lines.empty()) {
    LoadedSet files = loading.from_files(1, now);
    if (!files.loaded.usable()) return Unexpected<std::string>{"the files have errors: `aven check` lists them"};
    std::cerr << "There is no journal: this is what the files say.\n";
    return files;
  }
  const auto known = policy_in_force(lines, std::min(day_end, now));
  if (!known) {
    return Unexpected{"which policy was in force then is not known: the journal begins at " +
                      utc_text(lines.front().at)};
  }
  return loading.from_archive(known->id, 1, now);
}

}  // namespace

int print_statement(const StatementOptions& options) {
  Places places;
  places.config = options.config;
  const Loading loading{places};
  const Config config = loading.configuration().config;
  const WallTime now = read_wall_time();
  const auto calendar = policy::Calendar::for_zone(config.policy.timezone, config.policy.timezone_rule);
  if (!calendar) return fail(calendar.error());
  auto moment = Expected<date::local_seconds, std::string>{calendar->local(now)};
  if (!options.on.empty()) moment = policy::parse_moment(options.on, policy::DayEnd::No);
  if (!moment) {
    std::cerr << "aven statement: --on \"" << options.on << "\": " << moment.error() << '\n';
    return WrongUsage;
  }
  const auto day = date::floor<date::days>(*moment);
  const WallTime day_end = calendar->utc(date::local_seconds{day + date::days{1}}) - std::chrono::seconds{1};
  const auto set = set_of(options, loading, config, day_end, now);
  if (!set) return fail(set.error());
  const Language language = options.language.empty()   ? spoken_language(config.policy.language)
                            : options.language == "fr" ? Language::Fr
                                                       : Language::En;
  std::cout << statement(*set, day, language);
  return Done;
}

}  // namespace aven::app
