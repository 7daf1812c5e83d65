#include "unit/policy/rules_from_text.h"

using namespace aven;
using test::Compiled;
using test::Noon;
using test::pack_of;

namespace {

Tick after(std::chrono::seconds seconds) {
  return Tick{} + seconds;
}

}  // namespace

TEST_CASE("a rule that has not begun is off, and caps answers until it begins", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["a.example"],
                                    "valid_from": "2023-11-15T12:01"})")}};
  CHECK_FALSE(rules.activity().on(0, 0));
  CHECK(rules.activity().changes(0, 0) == after(std::chrono::seconds{60}));
  CHECK_FALSE(rules.match("a.example").decided());
  CHECK(rules.match("a.example").ttl_cap == 60);
  CHECK(rules.match("b.example").ttl_cap == UINT32_MAX);
}

TEST_CASE("a deciding rule caps its answers until it ends", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["a.example"],
                                    "valid_until": "2023-11-15T12:02"})")}};
  CHECK(rules.match("a.example").blocks());
  CHECK(rules.match("a.example").ttl_cap == 120);
  CHECK(rules.activity().next_change() == after(std::chrono::seconds{120}));
}

TEST_CASE("rules of other clients, other types and observed ones cap nothing", "[policy]") {
  const std::string dates = R"("valid_from": "2023-11-15T12:01")";
  const Compiled rules{
      {pack_of(R"({"id": "c", "action": "sinkhole", "domains": ["a.example"], "clients": ["10.9.0.0/16"], )" + dates +
               R"(}, {"id": "t", "action": "sinkhole", "domains": ["a.example"], "types": ["TXT"], )" + dates +
               R"(}, {"id": "o", "action": "sinkhole", "mode": "observe", "domains": ["a.example"], )" + dates + "}")}};
  CHECK(rules.match("a.example").ttl_cap == UINT32_MAX);
  CHECK(rules.match("a.example", "10.9.1.1").ttl_cap == 60);
  CHECK(rules.match("a.example", "10.0.0.1", dns::Type::TXT).ttl_cap == 60);
}

TEST_CASE("an exemption turns a rule off for its clients and back on when it ends", "[policy]") {
  const std::string rules = R"({"id": "ban", "action": "sinkhole", "domains": ["a.example"]},
    {"id": "lift", "action": "allow", "exempts": ["p/ban"], "clients": ["10.10.4.17"],
     "valid_from": "2023-11-15T12:01", "valid_until": "2023-11-15T13:00"})";
  const Compiled before{{pack_of(rules)}};
  CHECK(before.match("a.example", "10.10.4.17").blocks());
  CHECK(before.match("a.example", "10.10.4.17").ttl_cap == 60);  // an answer must not outlive the ban
  CHECK(before.match("a.example", "10.10.4.18").ttl_cap == UINT32_MAX);

  const Compiled during{{pack_of(rules)}, {}, Noon + std::chrono::minutes{30}};
  CHECK_FALSE(during.match("a.example", "10.10.4.17").decided());
  CHECK(during.match("a.example", "10.10.4.17").ttl_cap == 1800);
  CHECK(during.match("a.example", "10.10.4.18").blocks());
  CHECK_FALSE(before.activity().same_bits(during.activity()));
}

TEST_CASE("an exemption that is off or only observed lifts nothing", "[policy]") {
  for (const std::string mode : {"off", "observe"}) {
    const Compiled rules{{pack_of(R"({"id": "ban", "action": "sinkhole", "domains": ["a.example"]},
      {"id": "lift", "action": "allow", "mode": ")" +
                                  mode + R"(", "exempts": ["p/ban"]})")}};
    CHECK(rules.match("a.example").blocks());
  }
}

namespace {

constexpr const char* TwoRules = R"({"id": "ban", "action": "sinkhole", "domains": ["a.example"]},
    {"id": "ok", "action": "allow", "domains": ["good.a.example"]},
    {"id": "other", "action": "nodata", "domains": ["b.example"]},
    {"id": "seen", "action": "sinkhole", "mode": "observe", "domains": ["c.example"]})";

policy::LiftRecord for_an_hour() {
  return {1, Noon, Noon + std::chrono::hours{1}, "why", "who"};
}

// What the rules say of a name for a client, with these lifts.
policy::Verdict judged(const Compiled& rules, const policy::Lifts& lifts, const std::string& name,
                       const char* client = "10.0.0.1", WallTime at = Noon) {
  const policy::Activity activity{*rules, policy::Calendar::for_zone("UTC").value(), at, Tick{}, lifts};
  const auto address = IpAddress::parse(client).value();
  policy::Policy::ChainState chain;
  return rules->match(test::name_of(name), {rules->class_of(address), dns::Type::A, activity.exempt(address)}, activity,
                      rules.patterns(), Tick{}, chain);
}

}  // namespace

TEST_CASE("a pause of everything silences blocking rules alone, until its end", "[policy]") {
  const Compiled rules{{pack_of(TwoRules)}};
  const policy::Lifts lifts{{{policy::PauseScope::All, "", for_an_hour()}}, {}};
  CHECK_FALSE(judged(rules, lifts, "a.example").decided());
  CHECK(judged(rules, lifts, "a.example").ttl_cap == 3600);  // no answer outlives the pause
  CHECK_FALSE(judged(rules, lifts, "b.example").decided());
  CHECK(judged(rules, lifts, "good.a.example").action == policy::Action::Allow);
  CHECK(judged(rules, lifts, "c.example").would_hit != policy::NoRule);
  CHECK(judged(rules, lifts, "a.example", "10.0.0.1", Noon + std::chrono::hours{1}).blocks());
  const policy::Activity activity{*rules, policy::Calendar::for_zone("UTC").value(), Noon, Tick{}, lifts};
  CHECK(activity.next_change() == after(std::chrono::hours{1}));
}

TEST_CASE("a pause of one rule or one group leaves the others", "[policy]") {
  policy::PolicySettings settings;
  settings.groups = {{"agents", {*Prefix::parse("10.10.0.0/16")}}};
  const Compiled rules{{pack_of(TwoRules)}, settings};
  const policy::Lifts one{{{policy::PauseScope::Rule, "p/ban", for_an_hour()}}, {}};
  CHECK_FALSE(judged(rules, one, "a.example").decided());
  CHECK(judged(rules, one, "b.example").blocks());
  const policy::Lifts group{{{policy::PauseScope::Group, "agents", for_an_hour()}}, {}};
  CHECK_FALSE(judged(rules, group, "a.example", "10.10.1.1").decided());
  CHECK_FALSE(judged(rules, group, "b.example", "10.10.1.1").decided());
  CHECK(judged(rules, group, "a.example", "10.20.1.1").blocks());
  const policy::Lifts unknown{
      {{policy::PauseScope::Rule, "p/gone", for_an_hour()}, {policy::PauseScope::Group, "gone", for_an_hour()}}, {}};
  CHECK(judged(rules, unknown, "a.example", "10.10.1.1").blocks());
}

TEST_CASE("an exemption lifts one rule for one client until its end", "[policy]") {
  const Compiled rules{{pack_of(TwoRules)}};
  const auto client = IpAddress::parse("10.10.4.17").value();
  const policy::Lifts lifts{{}, {{"p/ban", client, for_an_hour()}, {"p/gone", client, for_an_hour()}}};
  CHECK_FALSE(judged(rules, lifts, "a.example", "10.10.4.17").decided());
  CHECK(judged(rules, lifts, "a.example", "10.10.4.17").ttl_cap == 3600);
  CHECK_FALSE(judged(rules, lifts, "a.example", "::ffff:10.10.4.17").decided());
  CHECK(judged(rules, lifts, "b.example", "10.10.4.17").blocks());
  CHECK(judged(rules, lifts, "a.example", "10.10.4.16").blocks());
  CHECK(judged(rules, lifts, "a.example", "10.10.4.18").blocks());
  CHECK(judged(rules, lifts, "a.example", "10.10.4.17", Noon + std::chrono::hours{1}).blocks());
}

TEST_CASE("two clients are exempted from two rules, each from its own", "[policy]") {
  const Compiled rules{{pack_of(TwoRules)}};
  const policy::Lifts lifts{{},
                            {{"p/ban", IpAddress::parse("10.0.0.1").value(), for_an_hour()},
                             {"p/other", IpAddress::parse("2001:db8::1").value(), for_an_hour()},
                             {"p/other", IpAddress::parse("10.0.0.1").value(), for_an_hour()}}};
  CHECK_FALSE(judged(rules, lifts, "a.example", "10.0.0.1").decided());
  CHECK_FALSE(judged(rules, lifts, "b.example", "10.0.0.1").decided());
  CHECK(judged(rules, lifts, "a.example", "2001:db8::1").blocks());
  CHECK_FALSE(judged(rules, lifts, "b.example", "2001:db8::1").decided());
}
