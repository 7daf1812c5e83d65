#include "policy/calendar.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::policy;
using namespace std::chrono_literals;

namespace {

Calendar paris() {
  return Calendar::for_zone("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3").value();
}

date::local_seconds moment(std::string_view text, DayEnd end = DayEnd::No) {
  return parse_moment(text, end).value();
}

// The moment that a local time of Paris is by a fixed offset.
WallTime at(std::string_view text, std::chrono::hours offset) {
  return WallTime{(moment(text) - offset).time_since_epoch()};
}

ScheduleWindow window(std::initializer_list<int> days, std::chrono::minutes from, std::chrono::minutes to) {
  ScheduleWindow out;
  for (const int day : days) out.days[static_cast<std::size_t>(day)] = true;
  out.from = from;
  out.to = to;
  return out;
}

// Paris by hand around one clock change: local times before `change` have `before`, those behind it `after`.
struct ByHand {
  WallTime change;
  std::chrono::hours before, after;

  date::local_seconds local(WallTime time) const {
    return date::local_seconds{date::floor<std::chrono::seconds>(time.time_since_epoch()) +
                               (time < change ? before : after)};
  }
  WallTime utc(date::local_seconds local) const {
    const WallTime early{(local - before).time_since_epoch()}, late{(local - after).time_since_epoch()};
    if (early < change) return early;
    return std::max(late, change);  // an hour that is skipped is the change
  }
  bool on(const Validity& validity, WallTime time) const {
    if (validity.from && time < utc(*validity.from)) return false;
    if (validity.until && time >= utc(*validity.until)) return false;
    const auto today = date::floor<date::days>(local(time));
    for (int back = 0; back < 3; ++back) {
      const auto day = today - date::days{back - 1};
      for (const auto& one : validity.schedule) {
        if (!one.days[date::weekday{day}.iso_encoding() - 1]) continue;
        const auto end_day = day + date::days{one.to <= one.from ? 1 : 0};
        if (utc(day + one.from) <= time && time < utc(end_day + one.to)) return true;
      }
    }
    return validity.schedule.empty();
  }
};

void compare_week(const Validity& validity, const ByHand& by_hand) {
  const Calendar calendar = paris();
  const WallTime first = by_hand.change - 84h;
  constexpr int Minutes = 7 * 24 * 60;
  std::vector<bool> on;
  for (int i = 0; i <= Minutes; ++i) on.push_back(by_hand.on(validity, first + std::chrono::minutes{i}));
  std::optional<WallTime> next;  // the next turn, seen from the end
  int wrong = 0;
  for (int i = Minutes - 1; i >= 0; --i) {
    const WallTime now = first + std::chrono::minutes{i};
    if (on[static_cast<std::size_t>(i)] != on[static_cast<std::size_t>(i) + 1]) next = now + 1min;
    const auto state = calendar.at(validity, now);
    if (state.on != on[static_cast<std::size_t>(i)]) ++wrong;
    if (next && state.changes != next) ++wrong;
    if (!next && state.changes && *state.changes <= first + std::chrono::minutes{Minutes}) ++wrong;
  }
  REQUIRE(wrong == 0);
}

}  // namespace

TEST_CASE("days and moments are read strictly", "[policy]") {
  REQUIRE(moment("2027-03-31", DayEnd::Yes) == moment("2027-04-01"));
  REQUIRE(moment("2027-03-31T16:00", DayEnd::Yes) == moment("2027-03-31") + 16h);
  for (const auto* text :
       {"", "2027", "2027-02-29", "2027-13-01", "2027-00-10", "2027-3-01", "2027-03-31T", "2027-03-31 16:00",
        "2027-03-31T16:00:30", "2027-03-31T24:00", "2027-03-31T-0:00", "1999-01-01", "2027-03-31T16:00Z"}) {
    INFO(text);
    REQUIRE_FALSE(parse_moment(text, DayEnd::No));
  }
  REQUIRE(parse_time_of_day("00:00").value() == 0min);
  REQUIRE(parse_time_of_day("23:59").value() == 1439min);
  for (const auto* text : {"", "24:00", "8:00", "08:60", "08:00:00", "-1:00", "08.00", "0a:00"}) {
    INFO(text);
    REQUIRE_FALSE(parse_time_of_day(text));
  }
}

TEST_CASE("an unknown time zone is a sentence", "[policy]") {
  REQUIRE_FALSE(Calendar::for_zone("Europe/Atlantis"));
}

TEST_CASE("validity by days has both days whole", "[policy]") {
  Validity validity;
  validity.from = moment("2027-03-30", DayEnd::No);
  validity.until = moment("2027-03-31", DayEnd::Yes);
  const Calendar calendar = paris();
  const WallTime start = at("2027-03-30", 2h), end = at("2027-04-01", 2h);
  REQUIRE_FALSE(calendar.at(validity, start - 1s).on);
  REQUIRE(calendar.at(validity, start - 1s).changes == start);
  REQUIRE(calendar.at(validity, start).on);
  REQUIRE(calendar.at(validity, end - 1s).on);
  REQUIRE(calendar.at(validity, end - 1s).changes == end);
  REQUIRE_FALSE(calendar.at(validity, end).on);
  REQUIRE_FALSE(calendar.at(validity, end).changes);
}

TEST_CASE("a window past midnight belongs to the day it starts", "[policy]") {
  Validity validity;
  validity.schedule = {window({4}, 22h, 6h)};  // Friday
  const Calendar calendar = paris();
  REQUIRE(calendar.at(validity, at("2027-06-05T05:59", 2h)).on);  // Saturday
  REQUIRE_FALSE(calendar.at(validity, at("2027-06-05T06:00", 2h)).on);
  REQUIRE_FALSE(calendar.at(validity, at("2027-06-04T05:00", 2h)).on);
}

TEST_CASE("windows that touch are one, and a week of whole days never turns", "[policy]") {
  Validity validity;
  validity.schedule = {window({0}, 8h, 12h), window({0}, 12h, 18h)};
  REQUIRE(paris().at(validity, at("2027-06-07T09:00", 2h)).changes == at("2027-06-07T18:00", 2h));
  validity.schedule = {window({0, 1, 2, 3, 4, 5, 6}, 0h, 0h)};
  REQUIRE(paris().at(validity, at("2027-06-07T09:00", 2h)).on);
  REQUIRE_FALSE(paris().at(validity, at("2027-06-07T09:00", 2h)).changes);
}

TEST_CASE("summer time goes on behind the end of the zone's table", "[policy]") {
  const Calendar calendar = paris();
  for (const auto* year : {"2037", "2038", "2040", "2100", "2999"}) {
    const std::string winter = std::string{year} + "-01-15T12:00", summer = std::string{year} + "-07-15T12:00";
    INFO(year);
    CHECK(calendar.utc(moment(winter)) == at(winter, 1h));
    CHECK(calendar.utc(moment(summer)) == at(summer, 2h));
    CHECK(calendar.local(at(winter, 1h)) == moment(winter));
    CHECK(calendar.local(at(summer, 2h)) == moment(summer));
  }
  Validity validity;
  validity.from = moment("2040-07-01");
  CHECK(calendar.at(validity, at("2040-06-30T23:59", 2h)).changes == at("2040-07-01", 2h));
}

TEST_CASE("the weeks of both clock changes agree with a walk by the minute", "[policy]") {
  const ByHand spring{at("2027-03-28T02:00", 1h), 1h, 2h}, autumn{at("2026-10-25T03:00", 2h), 2h, 1h};
  const ByHand spring_2040{at("2040-03-25T02:00", 1h), 1h, 2h}, autumn_2040{at("2040-10-28T03:00", 2h), 2h, 1h};
  const std::vector<std::vector<ScheduleWindow>> schedules{{window({0, 1, 2, 3, 4}, 8h, 18h + 30min)},
                                                           {window({0, 1, 2, 3, 4, 5, 6}, 22h, 6h)},
                                                           {window({6}, 2h, 3h)},
                                                           {window({6}, 2h + 15min, 2h + 45min)},
                                                           {window({5}, 12h, 2h + 30min), window({6}, 2h + 30min, 12h)},
                                                           {window({0, 1, 2, 3, 4, 5, 6}, 0h, 0h)},
                                                           {window({4, 5, 6}, 20h, 8h), window({5, 6}, 7h, 21h)},
                                                           {}};
  for (const auto& schedule : schedules) {
    Validity validity;
    validity.schedule = schedule;
    for (const auto& change : {spring, autumn, spring_2040, autumn_2040}) compare_week(validity, change);
    validity.from = moment("2027-03-27T10:00");
    validity.until = moment("2027-03-28T02:30");
    compare_week(validity, spring);
    validity.from = moment("2026-10-24");
    validity.until = moment("2026-10-25", DayEnd::Yes);
    compare_week(validity, autumn);
  }
}
