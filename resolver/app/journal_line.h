// One line of the journal: a change with its number, its moment and the hash of the line before it, as JSON.
//   {"n":7,"prev":"SHA256","at":"2026-11-24T12:00:00Z","local":"2026-11-24T13:00:00+01:00","zone":"Europe/Paris",
//    "event":"paused", ...}
// Thread: any.
// Fails: what is no such line is read as nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/change_record.h"
#include "base/tick.h"

namespace aven::app {

struct JournalLine {
  std::uint64_t number = 0;
  std::string before;  // SHA-256 of the line before, in hex; zeros for the first
  WallTime at{};
  std::string local, zone;  // the same moment where the city is
  ChangeRecord change;
};

// Before the first line.
inline constexpr std::string_view NoLineBefore = "0000000000000000000000000000000000000000000000000000000000000000";

std::string sha256_of(std::string_view text);

// Without the line's end. Long lists of names are cut, with their number.
std::string to_text(const JournalLine& line);
std::optional<JournalLine> parse_journal_line(std::string_view text);

// "2026-11-24T12:00:00Z" and back.
std::string utc_text(WallTime time);
std::optional<WallTime> parse_utc(const std::string& text);

}  // namespace aven::app
