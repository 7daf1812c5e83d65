// Calendar: when a rule is on: validity and weekly schedule in the configured time zone, both nights of a clock
// change included (DESIGN.md section 4: `from` is included, `to` is not; a window past midnight belongs to the day
// it starts; valid_from and valid_until are whole days, both included, or local date-times).
// Thread: control and loader (the time zone database is read-only after the first use).
// Fails: parsing gives one sentence; an unknown time zone is a problem of the configuration.
#pragma once

#include <array>
#include <chrono>
#include <date/date.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "base/tick.h"
#include "policy/zone_rule.h"

namespace date {
class time_zone;
}

namespace aven::policy {

struct ScheduleWindow {
  std::array<bool, 7> days{};        // [0] = Monday
  std::chrono::minutes from{0};      // 0 .. 24 h
  std::chrono::minutes to{24 * 60};  // at or before `from`: ends on the next day
};

struct Validity {
  std::optional<date::local_seconds> from;   // included
  std::optional<date::local_seconds> until;  // not included: a whole day is its next midnight
  std::vector<ScheduleWindow> schedule;      // empty = always
  bool always() const noexcept { return !from && !until && schedule.empty(); }
};

// "2027-03-31", "2027-03-31T16:00".
enum class DayEnd : bool { No, Yes };  // Yes: a date alone means the midnight after it
Expected<date::local_seconds, std::string> parse_moment(std::string_view text, DayEnd day_end);
Expected<std::chrono::minutes, std::string> parse_time_of_day(std::string_view text);  // "00:00" .. "23:59"

class Calendar {
 public:
  // `rule`: the last line of the zone's file (ZoneRule). Without it summer time ends with the zone's table, in 2037.
  static Expected<Calendar, std::string> for_zone(const std::string& zone, std::string_view rule = {});

  struct State {
    bool on = false;
    std::optional<WallTime> changes;  // the next moment at which `on` turns; none = never (or not within 13 months)
  };
  State at(const Validity& validity, WallTime now) const;
  date::local_seconds local(WallTime time) const;
  WallTime utc(
      date::local_seconds local) const;  // an hour that does not exist: the moment of the change; twice: the first

 private:
  explicit Calendar(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;
  std::optional<ZoneRule> rule_;  // from the end of the zone's table on
  WallTime table_end_{};
};

}  // namespace aven::policy
