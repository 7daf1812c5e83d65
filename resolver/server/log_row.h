// LogRow: one line of the query log, in text.   RowFilter: which lines are wanted.   LogBook: what the log writer must
// know of one policy and of the settings, to make lines of records.
// Thread: any; values. A LogBook never changes after it was handed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tick.h"
#include "policy/pattern_watch.h"
#include "policy/verdict.h"
#include "stats/counters.h"
#include "stats/query_log.h"

namespace aven::server {

// A moment and a number within it: rises with time, fits into 53 bits (a JSON number).
using RowId = std::uint64_t;
inline constexpr unsigned RowIdBits = 11;
constexpr std::int64_t milliseconds_of(RowId id) noexcept {
  return static_cast<std::int64_t>(id >> RowIdBits);
}
constexpr RowId first_id_at(std::int64_t unix_ms) noexcept {
  return unix_ms <= 0 ? 0 : static_cast<RowId>(unix_ms) << RowIdBits;
}

struct LogMoment {
  Tick tick{};
  std::int64_t unix_ms = 0;
};

struct LogRow {
  RowId id = 0;
  std::string client;  // an address, or a pseudonym "p-..."
  std::string group;
  std::string name;  // presentation form, escaped
  std::string rule;  // "pack/id"; empty: no rule spoke
  std::uint16_t type = 0;
  stats::LogVerdict verdict = stats::LogVerdict::None;
  stats::Counter outcome = stats::Counter::answered;
  std::uint8_t rcode = 0;
  std::uint32_t latency_us = 0;
};

// Empty: any.
struct RowFilter {
  std::string name;  // a part of it, lower case
  std::string group;
  std::string client;  // as LogRow::client
  std::optional<stats::LogVerdict> verdict;

  bool matches(const LogRow& row) const noexcept {
    return (name.empty() || row.name.find(name) != std::string::npos) && (group.empty() || row.group == group) &&
           (client.empty() || row.client == client) && (!verdict || row.verdict == *verdict);
  }
};

struct LogBook {
  struct Rule {
    std::string id;  // "pack/id"
    policy::WayRound way_round = policy::WayRound::None;
    std::shared_ptr<const policy::PatternWatch> patterns{};  // of a rule that observes
  };
  struct Group {
    std::string name;
    stats::LogLevel level = stats::LogLevel::Blocked;
    std::uint32_t retention_days = 30;
  };
  std::uint64_t generation = 0;
  std::vector<Rule> rules;    // by policy::RuleIndex
  std::vector<Group> groups;  // by policy::GroupIndex
  // The settings, the same for every policy of a load.
  std::filesystem::path file;  // empty: no log is written
  Group others;                // of groups that are no more
  std::uint32_t pseudonymise_after_days = 1;
  std::uint32_t recent_minutes = 30;

  const Group& group(std::string_view name) const noexcept {
    for (const auto& group : groups) {
      if (group.name == name) return group;
    }
    return others;
  }
};

// May this line be shown at this level?
constexpr bool may_show(stats::LogLevel level, stats::LogVerdict verdict) noexcept {
  return level == stats::LogLevel::All || (level == stats::LogLevel::Blocked && verdict == stats::LogVerdict::Blocked);
}

}  // namespace aven::server
