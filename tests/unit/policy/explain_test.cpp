#include "policy/explain.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using policy::DecidedBy;
using test::Compiled;
using test::Noon;
using test::pack_of;

namespace {

policy::Explanation explain(const Compiled& rules, const std::string& name, const std::string& client = "10.0.0.1",
                            dns::Type type = dns::Type::A) {
  return policy::explain(*rules, policy::Calendar::for_zone("UTC").value(), test::name_of(name), type,
                         IpAddress::parse(client).value(), Noon);
}

DecidedBy decided_by(const std::string& rules) {
  return explain(Compiled{{pack_of(rules)}}, "x.a.example").decided_by;
}

}  // namespace

TEST_CASE("every rule that names the question is told, the best rank first, with its place", "[policy]") {
  policy::RuleTexts texts;
  texts.name_sets = {{"rules/names/set.json", R"({"format": 1, "names": "set", "version": "2026-11-23", "source": "s",
    "domains": [{"name": "b.example", "role": "r"}, {"name": "a.example", "role": "r"}]})"}};
  texts.packs = {{"rules/p.json", pack_of(R"({"id": "1", "action": "sinkhole", "names": ["set"]},
    {"id": "2", "action": "refuse", "domains": ["z.example", "=x.a.example", "/x/"]})")}};
  auto loaded = policy::load_rules(texts);
  REQUIRE(loaded.problems.empty());
  const auto compiled = policy::compile_policy(std::move(loaded.rules), {}, 1, Noon);
  const auto told = policy::explain(*compiled.policy, policy::Calendar::for_zone("UTC").value(),
                                    test::name_of("x.a.example"), dns::Type::A, IpAddress{}, Noon);
  REQUIRE(told.matches.size() == 3);
  CHECK(told.matches[0].pattern == "=x.a.example");
  CHECK(told.matches[0].place == "rules/p.json /rules/1/domains/1");
  CHECK(told.matches[1].pattern == "a.example");
  CHECK(told.matches[1].place == "rules/names/set.json /domains/1/name");
  CHECK(told.matches[2].pattern == "/x/");
  CHECK(told.verdict.rule == 1);
  CHECK(told.decided_by == DecidedBy::Specificity);
}

TEST_CASE("the step that decided is the first in which the two best differ", "[policy]") {
  const std::string block = R"({"id": "b", "action": "sinkhole", "domains": ["a.example"]})";
  CHECK(decided_by(block) == DecidedBy::OnlyOne);
  CHECK(decided_by(block + R"(, {"id": "c", "action": "allow", "priority": 1, "domains": ["example"]})") ==
        DecidedBy::Priority);
  CHECK(decided_by(block + R"(, {"id": "c", "action": "allow", "domains": ["=x.a.example"]})") ==
        DecidedBy::Specificity);
  CHECK(decided_by(block + R"(, {"id": "c", "action": "allow", "domains": ["a.example"]})") == DecidedBy::Allow);
  CHECK(decided_by(block + R"(, {"id": "c", "action": "refuse", "domains": ["a.example"]})") == DecidedBy::Order);
}

TEST_CASE("why a rule does not take part is told", "[policy]") {
  const auto first = [](const std::string& more, const std::string& also = "") {
    const Compiled rules{
        {pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["a.example"])" + more + "}" + also)}};
    return explain(rules, "x.a.example").matches.at(0);
  };
  CHECK(first("").active());
  CHECK_FALSE(first(R"(, "clients": ["10.9.0.0/16"])").in_clients);
  CHECK_FALSE(first(R"(, "valid_from": "2099-01-01")").in_dates);
  CHECK_FALSE(first(R"(, "schedule": [{"days": ["sun"], "from": "08:00", "to": "09:00"}])").in_schedule);
  CHECK_FALSE(first(R"(, "types": ["TXT"])").type_matches);
  CHECK(first(R"(, "except": ["x.a.example"])").excepted);
  const auto lifted = first("", R"(, {"id": "c", "action": "allow", "exempts": ["p/b"]})");
  CHECK(lifted.exempted);
  CHECK(lifted.exempted_by == 1);
}

TEST_CASE("the client's group and the end of the deciding rule are told", "[policy]") {
  policy::PolicySettings settings;
  settings.allow_from = {Prefix::parse("10.0.0.0/8").value()};
  settings.groups = {{"staff", {Prefix::parse("10.10.0.0/16").value()}}};
  const Compiled rules{{pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["a.example"],
    "valid_until": "2023-11-15T13:00"})")},
                       settings};
  const auto told = explain(rules, "a.example", "10.10.1.1");
  CHECK(told.group == "staff");
  CHECK(told.client_allowed);
  CHECK(told.ends == Noon + std::chrono::hours{1});
  CHECK_FALSE(explain(rules, "a.example", "192.0.2.1").client_allowed);
}

TEST_CASE("the place in a list is found by reading it again", "[policy]") {
  for (const int size : {3, 5000}) {
    auto rules = test::load({pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["a.example"]})")});
    policy::PatternSource list{"lists/x", "", {}, true};
    for (int i = 0; i < size; ++i)
      list.patterns.add(policy::parse_pattern("h" + std::to_string(i) + ".example").value());
    rules.rules[0].domains.push_back(std::move(list));
    const auto compiled = policy::compile_policy(std::move(rules), {}, 1, Noon);
    const auto calendar = policy::Calendar::for_zone("UTC").value();
    const auto place = [&](const policy::PlaceFinder& finder) {
      return policy::explain(*compiled.policy, calendar, test::name_of("h2.example"), dns::Type::A, IpAddress{}, Noon,
                             finder)
          .matches.at(0)
          .place;
    };
    CHECK(place({}) == "lists/x");
    CHECK(place([](const policy::Rule& rule, const policy::PatternSource& source,
                   const policy::Pattern& pattern) -> std::optional<std::string> {
            CHECK(rule.id == "b");
            CHECK(source.file == "lists/x");
            CHECK(to_text(pattern) == "h2.example");
            return "line 78";
          }) == "lists/x line 78");
  }
}
