#include "policy/rule_text.h"

#include <catch2/catch.hpp>

using namespace aven::policy;
using date::operator""_y;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const date::local_seconds LastOfMarch{date::local_days{2027_y / 3 / 31}};

Validity until(date::local_seconds end) {
  Validity validity;
  validity.until = end;
  return validity;
}

}  // namespace

TEST_CASE("each action and mode has the key that packs write", "[policy]") {
  REQUIRE(action_key(Action::None) == "none");
  REQUIRE(action_key(Action::Sinkhole) == "sinkhole");
  REQUIRE(action_key(Action::NxDomain) == "nxdomain");
  REQUIRE(action_key(Action::NoData) == "nodata");
  REQUIRE(action_key(Action::Refuse) == "refuse");
  REQUIRE(action_key(Action::Drop) == "drop");
  REQUIRE(action_key(Action::Redirect) == "redirect");
  REQUIRE(action_key(Action::Allow) == "allow");
  REQUIRE(mode_key(Mode::Enforce) == "enforce");
  REQUIRE(mode_key(Mode::Observe) == "observe");
  REQUIRE(mode_key(Mode::Off) == "off");
}

TEST_CASE("a start at midnight is a day, another one a moment", "[policy]") {
  REQUIRE(first_day(LastOfMarch) == "2027-03-31");
  REQUIRE(first_day(LastOfMarch + hours{16}) == "2027-03-31 16:00");
  REQUIRE(first_day(LastOfMarch + minutes{1}) == "2027-03-31 00:01");
}

TEST_CASE("an end at midnight names the day before it, which is the last one", "[policy]") {
  REQUIRE(last_day({}).empty());
  REQUIRE(last_day(until(LastOfMarch)) == "2027-03-30");
  REQUIRE(last_day(until(LastOfMarch + hours{24})) == "2027-03-31");
  REQUIRE(last_day(until(LastOfMarch + hours{16})) == "2027-03-31 16:00");
}
