#include "app/records.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "app/journal_reader.h"
#include "app/policy_history.h"
#include "app/version.h"

namespace aven::app {
namespace {

ChangeWatch::Before last_known(const std::filesystem::path& state) {
  ChangeWatch::Before before;
  const auto lines = read_journal(state / "journal").lines;
  if (auto last = last_policy(lines)) before.policy = std::move(last->id);
  for (const auto& line : lines) before.at = std::max(before.at, line.at);
  return before;
}

}  // namespace

Records::Records(const Config& config)
    : before_(last_known(config.state)), journal_(config.state), changes_(journal_) {}

void Records::started(const LoadedSet& first) {
  journal_.use_zone(*first.loaded.calendar, first.config.policy.timezone);
  changes_.started(first.loaded, before_, {}, std::string{version()});
}

WallTime Records::earliest_time() const {
  return std::max(build_time(), journal_.latest());
}

policy::Problems Records::problems(const server::Current& current) const {
  policy::Problems problems;
  if (auto problem = journal_.problem()) problems.push_back(std::move(*problem));
  if (!current.clock_believed) {
    problems.push_back({"", "",
                        "the clock shows " + utc_text(read_wall_time()) + ", but it was " + utc_text(earliest_time()) +
                            " already; rules stay on or off as they are until the clock is set right",
                        policy::Severity::Error});
  }
  return problems;
}

}  // namespace aven::app
