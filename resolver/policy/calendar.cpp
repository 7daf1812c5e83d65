#include "policy/calendar.h"

#include <algorithm>
#include <charconv>
#include <date/tz.h>
#include <utility>

namespace aven::policy {
namespace {

using date::days;
using date::local_days;
using date::local_seconds;
using std::chrono::hours;
using std::chrono::minutes;

constexpr int HorizonDays = 400;  // a change further away is looked for again later

template <class T>
std::optional<T> number(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;  // no sign
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "00:00" to "23:59".
std::optional<minutes> clock_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = number<unsigned>(text.substr(0, 2));
  const auto minute = number<unsigned>(text.substr(3, 2));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return hours{*hour} + minutes{*minute};
}

std::optional<local_days> day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number<int>(text.substr(0, 4));
  const auto month = number<unsigned>(text.substr(5, 2));
  const auto of_month = number<unsigned>(text.substr(8, 2));
  if (!year || !month || !of_month) return std::nullopt;
  const auto parsed = date::year{*year} / date::month{*month} / date::day{*of_month};
  if (!parsed.ok() || *year < 2000 || *year > 2999) return std::nullopt;
  return local_days{parsed};
}

// A stretch of local time of one day's window.
struct Stretch {
  local_seconds from, to;
};

Stretch stretch_of(const ScheduleWindow& window, local_days on) {
  const bool next_day = window.to <= window.from;
  return {on + window.from, on + window.to + (next_day ? days{1} : days{0})};
}

bool is_on_day(const ScheduleWindow& window, local_days on) {
  const unsigned from_monday = date::weekday{on}.iso_encoding() - 1;
  return window.days[from_monday];
}

}  // namespace

Expected<local_seconds, std::string> parse_moment(std::string_view text, DayEnd day_end) {
  const Unexpected<std::string> wrong{"is not a day (2027-03-31) or a local time (2027-03-31T16:00)"};
  const auto on = day(text.substr(0, 10));
  if (!on) return wrong;
  if (text.size() == 10) return local_seconds{*on + (day_end == DayEnd::Yes ? days{1} : days{0})};
  const auto time = text[10] == 'T' ? clock_time(text.substr(11)) : std::nullopt;
  if (!time) return wrong;
  return local_seconds{*on} + *time;
}

Expected<minutes, std::string> parse_time_of_day(std::string_view text) {
  const auto time = clock_time(text);
  if (!time) return Unexpected<std::string>{"is not a time of day such as 08:00"};
  return *time;
}

Expected<Calendar, std::string> Calendar::for_zone(const std::string& zone, std::string_view rule) {
  try {
    Calendar calendar{date::locate_zone(zone)};
    calendar.rule_ = ZoneRule::parse(rule);
    constexpr auto FarAway = date::sys_days{date::year{2999} / 12 / 31};
    calendar.table_end_ = calendar.zone_->get_info(FarAway).begin;
    return calendar;
  } catch (const std::exception&) {
    return Unexpected<std::string>{"there is no time zone \"" + zone + "\"; write one such as \"Europe/Paris\""};
  }
}

local_seconds Calendar::local(WallTime time) const {
  if (rule_ && time >= table_end_) return local_seconds{time.time_since_epoch() + rule_->offset(time)};
  return zone_->to_local(time);
}

WallTime Calendar::utc(local_seconds local) const {
  // The last change of the table is one of the rule too: a day later both say the same.
  if (rule_ && WallTime{local.time_since_epoch()} >= table_end_ + days{1}) return rule_->utc(local);
  return zone_->to_sys(local, date::choose::earliest);
}

// Windows are compared as moments of UTC, so an hour that is skipped or comes twice lasts as long as it really does.
Calendar::State Calendar::at(const Validity& validity, WallTime now) const {
  const auto from = validity.from ? std::optional{utc(*validity.from)} : std::nullopt;
  const auto until = validity.until ? std::optional{utc(*validity.until)} : std::nullopt;
  State state;
  if (until && now >= *until) return state;
  const WallTime start = std::max(now, from.value_or(now));

  // What covers `start`, windows that touch or overlap taken as one, or the first that comes.
  bool scheduled = validity.schedule.empty();
  std::optional<WallTime> next;  // when the schedule next turns behind `start`
  const local_days today = date::floor<days>(local(start));
  WallTime end = start;  // on from `start` to here
  for (int offset = -1; offset <= HorizonDays && !validity.schedule.empty() && !next; ++offset) {
    std::vector<std::pair<WallTime, WallTime>> stretches;
    for (const auto& window : validity.schedule) {
      const local_days on = today + days{offset};
      if (!is_on_day(window, on)) continue;
      const Stretch stretch = stretch_of(window, on);
      const WallTime begins = utc(stretch.from), ends = utc(stretch.to);
      if (begins < ends && ends > start) stretches.emplace_back(begins, ends);
    }
    std::sort(stretches.begin(), stretches.end());
    for (const auto& [begins, ends] : stretches) {
      if (begins > end) {
        next = end > start ? end : begins;
        break;
      }
      end = std::max(end, ends);
    }
  }
  if (end > start) scheduled = true;
  state.on = scheduled && start == now;
  state.changes = start == now ? next : (scheduled ? std::optional{start} : next);
  if (state.on && until && (!state.changes || *until < *state.changes)) state.changes = until;
  if (!state.on && until && state.changes && *state.changes >= *until) state.changes = std::nullopt;
  return state;
}

}  // namespace aven::policy
