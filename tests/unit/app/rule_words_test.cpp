#include "app/rule_words.h"

#include <catch2/catch.hpp>
#include <stdlib.h>

using namespace aven;
using namespace aven::app;

namespace {

policy::Validity valid(const char* from, const char* until) {
  policy::Validity validity;
  if (from != nullptr) validity.from = *policy::parse_moment(from, policy::DayEnd::No);
  if (until != nullptr) validity.until = *policy::parse_moment(until, policy::DayEnd::Yes);
  return validity;
}

std::string standing_at(const policy::Rule& rule, const char* moment) {
  const auto paris = policy::Calendar::for_zone("Europe/Paris");
  REQUIRE(paris);
  return standing(rule, *paris, paris->utc(*policy::parse_moment(moment, policy::DayEnd::No)), Language::En);
}

}  // namespace

TEST_CASE("the last day of a rule is the day that was written", "[app]") {
  CHECK(last_day(valid(nullptr, "2027-03-31")) == "2027-03-31");
  CHECK(last_day(valid(nullptr, "2027-03-31T16:00")) == "2027-03-31 16:00");
  CHECK(last_day(valid(nullptr, nullptr)).empty());
}

TEST_CASE("how a rule stands at a moment", "[app]") {
  policy::Rule rule;
  CHECK(standing_at(rule, "2026-11-24") == "enforced");
  rule.validity = valid("2026-11-23", "2027-03-31");
  CHECK(standing_at(rule, "2026-11-24") == "enforced until 2027-03-31");
  CHECK(standing_at(rule, "2026-11-22T23:59") == "from 2026-11-23");
  CHECK(standing_at(rule, "2027-04-01") == "ended on 2027-03-31");
  rule.mode = policy::Mode::Observe;
  CHECK(standing_at(rule, "2027-03-31T23:59") == "only observed until 2027-03-31");
  rule.mode = policy::Mode::Off;
  CHECK(standing_at(rule, "2026-11-24") == "off");
}

TEST_CASE("whom a rule is for", "[app]") {
  policy::Rule rule;
  CHECK(audience(rule, Language::En) == "everyone");
  rule.except_clients = {*Prefix::parse("10.10.9.0/24")};
  CHECK(audience(rule, Language::Fr) == "tout le monde; sauf 10.10.9.0/24");
  rule.groups = {"agents", "prestataires"};
  rule.clients = {*Prefix::parse("10.10.4.17")};
  CHECK(audience(rule, Language::En) == "groups agents, prestataires; clients 10.10.4.17/32; not 10.10.9.0/24");
}

TEST_CASE("the language is that of the locale, else the configured one", "[app]") {
  unsetenv("LC_MESSAGES");
  unsetenv("LANG");
  setenv("LC_ALL", "fr_FR.UTF-8", 1);
  CHECK(spoken_language("en") == Language::Fr);
  setenv("LC_ALL", "C.UTF-8", 1);
  CHECK(spoken_language("fr") == Language::Fr);
  unsetenv("LC_ALL");
  setenv("LANG", "en_GB.UTF-8", 1);
  CHECK(spoken_language("fr") == Language::En);
}

TEST_CASE("a problem is told in French where its sentence is known", "[app]") {
  CHECK(problem_text("database or disk is full", Language::Fr) == "le disque est plein");
  CHECK(problem_text("database or disk is full", Language::En) == "database or disk is full");
  CHECK(problem_text("something new", Language::Fr) == "something new");
}
