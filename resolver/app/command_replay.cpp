#include <date/date.h>
#include <iostream>
#include <optional>
#include <utility>

#include "app/commands.h"
#include "app/loading.h"
#include "app/replay.h"
#include "app/replay_words.h"
#include "base/tick.h"
#include "server/query_search.h"

namespace aven::app {
namespace {

int fail(const std::string& text, int code = ProblemsFound) {
  std::cerr << "aven replay: " << text << '\n';
  return code;
}

// "2026-11-24 08:00"
std::string local_text(const policy::Calendar& calendar, std::int64_t unix_ms) {
  const WallTime at{std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds{unix_ms})};
  return date::format("%F %R", calendar.local(at));
}

}  // namespace

int replay(const ReplayOptions& options) {
  Places places;
  places.config = options.config;
  places.rules = options.rules;
  const WallTime now = read_wall_time();
  const LoadedSet set = Loading{places}.from_files(1, now);
  if (!set.loaded.usable()) {
    for (const auto& problem : set.loaded.problems) std::cerr << policy::to_text(problem) << '\n';
    return fail("these rules are refused, so there is nothing to try.");
  }
  const auto& calendar = *set.loaded.calendar;
  WallTime from = now;
  if (!options.at.empty()) {
    const auto moment = policy::parse_moment(options.at, policy::DayEnd::No);
    if (!moment) return fail("--at \"" + options.at + "\": " + moment.error(), WrongUsage);
    from = calendar.utc(*moment);
  }
  const std::filesystem::path log =
      options.log.empty() ? set.config.query_log.file : std::filesystem::path{options.log};
  if (log.empty()) return fail("the configuration names no query_log.file: say which, --log FILE.", WrongUsage);

  Replayer replayer{set, from};
  const auto failure = server::for_each_query(log, [&](const server::LogRow& row) { replayer.take(row); });
  if (failure) return fail(log.string() + ": " + *failure);
  const Replay found = replayer.finish();
  const ReplayFacts facts{log.string(), set.loaded.policy->id(), date::format("%F", calendar.local(from)),
                          local_text(calendar, found.first_ms), local_text(calendar, found.last_ms)};
  if (options.json) {
    std::cout << to_json(found, facts) << '\n';
  } else {
    std::cout << to_words(found, facts, spoken_language(set.config.policy.language));
  }
  return Done;
}

}  // namespace aven::app
