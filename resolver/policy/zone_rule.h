// ZoneRule: what a time zone does each year for ever, as the last line of its file of the zone database says it:
// "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536 section 3.3). The file's table, which is all that the library date reads, ends
// in 2037.
// Thread: any; a value.   Fails: parse() gives nothing for what it does not know.
#pragma once

#include <array>
#include <chrono>
#include <date/date.h>
#include <optional>
#include <string_view>

#include "base/tick.h"

namespace aven::policy {

class ZoneRule {
 public:
  static std::optional<ZoneRule> parse(std::string_view text);

  // From UTC; positive in the east.
  std::chrono::seconds offset(WallTime time) const;
  // An hour that does not exist: the moment of the change; twice: the first.
  WallTime utc(date::local_seconds local) const;

 private:
  struct Change {  // the `week`-th such day of the month, the fifth is the last; at `time` of the offset before it
    unsigned month = 0, week = 0, weekday = 0;
    std::chrono::seconds time{};
  };
  friend class ZoneRuleText;

  WallTime moment(const Change& change, int year, std::chrono::seconds before) const;
  std::array<WallTime, 2> changes_in(int year) const;  // to summer, and back

  std::chrono::seconds standard_{}, summer_{};
  std::optional<std::array<Change, 2>> changes_;
};

}  // namespace aven::policy
