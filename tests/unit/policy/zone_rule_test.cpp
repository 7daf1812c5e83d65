#include "policy/zone_rule.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::policy;
using namespace std::chrono_literals;

namespace {

WallTime at(int year, unsigned month, unsigned day, std::chrono::seconds time) {
  return date::sys_days{date::year{year} / date::month{month} / date::day{day}} + time;
}
date::local_seconds local(int year, unsigned month, unsigned day, std::chrono::seconds time) {
  return date::local_days{date::year{year} / date::month{month} / date::day{day}} + time;
}

}  // namespace

TEST_CASE("a zone without summer time has one offset", "[policy]") {
  CHECK(ZoneRule::parse("JST-9")->offset(at(2040, 7, 1, 0h)) == 9h);
  CHECK(ZoneRule::parse("<-0330>3:30")->offset(at(2040, 1, 1, 0h)) == -3h - 30min);
  CHECK(ZoneRule::parse("UTC0")->utc(local(2040, 1, 1, 5h)) == at(2040, 1, 1, 5h));
}

TEST_CASE("the changes come at their second", "[policy]") {
  const auto paris = *ZoneRule::parse("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(paris.offset(at(2040, 3, 25, 1h) - 1s) == 1h);
  CHECK(paris.offset(at(2040, 3, 25, 1h)) == 2h);
  CHECK(paris.offset(at(2040, 10, 28, 1h) - 1s) == 2h);
  CHECK(paris.offset(at(2040, 10, 28, 1h)) == 1h);
  CHECK(paris.utc(local(2040, 3, 25, 2h + 30min)) == at(2040, 3, 25, 1h));       // does not exist
  CHECK(paris.utc(local(2040, 10, 28, 2h + 30min)) == at(2040, 10, 28, 30min));  // comes twice
  CHECK(paris.utc(local(2040, 10, 28, 3h)) == at(2040, 10, 28, 2h));
}

TEST_CASE("in the south summer goes over the end of the year", "[policy]") {
  const auto sydney = *ZoneRule::parse("AEST-10AEDT,M10.1.0,M4.1.0/3");
  CHECK(sydney.offset(at(2040, 1, 1, 0h)) == 11h);
  CHECK(sydney.offset(at(2040, 7, 1, 0h)) == 10h);
  CHECK(sydney.utc(local(2041, 1, 1, 0h)) == at(2040, 12, 31, 13h));
}

TEST_CASE("winter may be the time that is put back, and a change come the day before", "[policy]") {
  const auto dublin = *ZoneRule::parse("IST-1GMT0,M10.5.0,M3.5.0/1");
  CHECK(dublin.offset(at(2040, 7, 1, 0h)) == 1h);
  CHECK(dublin.offset(at(2040, 1, 1, 0h)) == 0h);
  CHECK(dublin.utc(local(2040, 3, 25, 1h + 30min)) == at(2040, 3, 25, 1h));
  const auto nuuk = *ZoneRule::parse("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  CHECK(nuuk.offset(at(2040, 3, 25, 1h) - 1s) == -2h);
  CHECK(nuuk.offset(at(2040, 3, 25, 1h)) == -1h);
}

TEST_CASE("what is no rule is none", "[policy]") {
  for (const auto* text : {"", "CET", "-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M3.5.0,M10.5.0/", "CET-1CEST,J60,J300", "CET-1 ", "<+01-1"}) {
    INFO(text);
    CHECK_FALSE(ZoneRule::parse(text));
  }
}
