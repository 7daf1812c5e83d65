#include "policy/policy_compiler.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using test::Compiled;
using test::pack_of;
using test::problems_of;

namespace {

bool holds(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return line.find(part) != std::string::npos; });
}

policy::BlockedAnswer answer_of(const std::string& rule, const policy::PolicySettings& settings = {}) {
  return Compiled {
    {pack_of(rule)}, settings
    } -> blocked_answer(0);
}

}  // namespace

TEST_CASE("a blocked answer tells the reason, who decided and until when, in the configured language", "[policy]") {
  const std::string rule = R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "owner": "DGS",
    "valid_until": "2027-03-31", "reason": {"en": "Suspended.", "fr": "Suspendu."}})";
  CHECK(answer_of(rule).ede_text == "Suspended. (DGS, until 2027-03-31)");
  policy::PolicySettings french;
  french.language = "fr";
  CHECK(answer_of(rule, french).ede_text == "Suspendu. (DGS, jusqu'au 2027-03-31)");
}

TEST_CASE("what does not fit into 160 octets is left out, and the reason cut between characters", "[policy]") {
  const auto rule = [](std::size_t accents) {
    std::string reason;
    for (std::size_t i = 0; i < accents; ++i) reason += "é";
    return R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "owner": "DGS", "valid_until": "2027-03-31",
      "reason": {"fr": "x)" +
           reason + R"("}})";
  };
  CHECK(answer_of(rule(70)).ede_text.size() == 141 + 6);  // " (DGS)"
  CHECK(answer_of(rule(78)).ede_text.size() == 157);
  CHECK(answer_of(rule(100)).ede_text.size() == 159);
}

TEST_CASE("a rule's addresses and TTL go before the configured ones", "[policy]") {
  policy::PolicySettings settings;
  settings.sinkhole_ipv4 = {IpAddress::parse("192.0.2.1").value()};
  settings.sinkhole_ipv6 = {IpAddress::parse("2001:db8::1").value()};
  settings.sinkhole_ttl = 7;
  const auto plain = answer_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"]})", settings);
  CHECK(plain.ipv4 == settings.sinkhole_ipv4);
  CHECK(plain.ttl == 7);
  const auto own = answer_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "ede": "censored",
    "answer": {"ipv4": ["192.0.2.9"], "ipv6": [], "ttl": 90}})",
                             settings);
  CHECK(own.ipv4.at(0).text() == "192.0.2.9");
  CHECK(own.ipv6.empty());
  CHECK(own.ttl == 90);
  CHECK(own.ede == dns::Ede::Censored);
}

TEST_CASE("required fields are asked of enforced rules only", "[policy]") {
  policy::PolicySettings settings;
  settings.require = {"owner", "reason", "valid_until"};
  const auto problems =
      problems_of({pack_of(R"({"id": "e", "action": "sinkhole", "domains": ["a.example"], "owner": "DGS"},
    {"id": "o", "action": "sinkhole", "mode": "observe", "domains": ["b.example"]})")},
                  settings);
  CHECK(problems.size() == 2);
  CHECK(holds(problems, "/rules/0/reason: error: is missing"));
  CHECK(holds(problems, "/rules/0/valid_until: error: is missing"));
}

TEST_CASE("rules that have ended or are due for review within 30 days are warnings, off rules are quiet", "[policy]") {
  const auto with = [](const std::string& field, const std::string& mode = "enforce") {
    return problems_of({pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "mode": ")" + mode +
                                R"(", )" + field + "}")});
  };
  CHECK(holds(with(R"("valid_until": "2023-11-14")"), "warning: the rule p/r has ended"));
  CHECK(with(R"("valid_until": "2023-11-15")").empty());
  CHECK(holds(with(R"("review_by": "2023-12-15")"), "warning: the rule p/r is due for review by 2023-12-15"));
  CHECK(with(R"("review_by": "2023-12-16")").empty());
  CHECK(with(R"("valid_until": "2023-11-14")", "off").empty());
}

TEST_CASE("a public suffix is refused as a whole unless the rule says so", "[policy]") {
  const auto with = [](const std::string& name, const std::string& more = "") {
    return problems_of(
        {pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example", ")" + name + "\"]" + more + "}")});
  };
  CHECK(holds(with("co.uk"), R"(/rules/0/domains/1: error: "co.uk" is a public suffix)"));
  CHECK(holds(with("*.fr"), "error"));
  CHECK(with("co.uk", R"(, "whole_suffix": true)").empty());
  CHECK(with("=co.uk").empty());
  CHECK(with("x-*.co.uk").empty());
  CHECK(with("github.io").empty());  // of one company
  CHECK(with("lan").empty());
}

TEST_CASE("a public suffix in a list is left out and the rest of the list kept", "[policy]") {
  auto rules = test::load({pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"]})")});
  policy::PatternSource list{"lists/x", "", {}, true};
  for (const char* name : {"b.example", "co.uk"}) list.patterns.add(policy::parse_pattern(name).value());
  rules.rules[0].domains.push_back(std::move(list));
  const auto compiled = policy::compile_policy(std::move(rules), {}, 1, test::Noon);
  REQUIRE(compiled.policy != nullptr);
  REQUIRE(compiled.problems.size() == 1);
  CHECK_THAT(policy::to_text(compiled.problems[0]),
             Catch::StartsWith(R"(lists/x: warning: "co.uk" is a public suffix)"));
  CHECK(compiled.policy->name_count() == 2);
}

TEST_CASE("of many public suffixes the first are told and the others counted", "[policy]") {
  std::string names;
  for (int i = 0; i < 30; ++i) names += (names.empty() ? "\"" : ", \"") + std::string{i % 2 ? "fr\"" : "co.uk\""};
  const auto lines = problems_of({pack_of(R"({"id": "r", "action": "sinkhole", "domains": [)" + names + "]}")});
  CHECK(lines.size() == 21);
  CHECK(holds(lines, "10 more public suffixes"));
}

TEST_CASE("two rules that do the same are a warning, whatever the order of their names", "[policy]") {
  const std::string first = R"({"id": "1", "action": "sinkhole", "domains": ["a.example", "b.example"]},)";
  const auto with = [&](const std::string& second) { return problems_of({pack_of(first + second)}); };
  CHECK(holds(with(R"({"id": "2", "action": "sinkhole", "domains": ["b.example", "a.example"]})"),
              "warning: the rule p/2 does the same as p/1"));
  CHECK_FALSE(holds(with(R"({"id": "2", "action": "sinkhole", "domains": ["a.example"]})"), "does the same"));
  CHECK_FALSE(holds(
      with(R"({"id": "2", "action": "sinkhole", "domains": ["a.example", "b.example"], "clients": ["10.0.0.1"]})"),
      "does the same"));
}

TEST_CASE("a rule whose every name another rule decides can never decide", "[policy]") {
  const auto with = [](const std::string& rules) { return holds(problems_of({pack_of(rules)}), "can never decide"); };
  const std::string all = R"({"id": "all", "action": "allow", "priority": 5, "domains": ["example"]})";
  CHECK(with(all + R"(, {"id": "r", "action": "sinkhole", "domains": ["a.example", "*.b.example", "=c.example"]})"));
  CHECK_FALSE(with(all + R"(, {"id": "r", "action": "sinkhole", "domains": ["a.example", "a.test"]})"));
  CHECK_FALSE(with(R"({"id": "all", "action": "allow", "priority": 5, "domains": ["example"], "clients": ["10.0.0.1"]},
                      {"id": "r", "action": "sinkhole", "domains": ["a.example"]})"));
  CHECK_FALSE(with(R"({"id": "all", "action": "allow", "domains": ["example"]},
                      {"id": "r", "action": "sinkhole", "domains": ["a.example"]})"));
  CHECK(with(R"({"id": "a", "action": "allow", "domains": ["a.example"]},
                {"id": "r", "action": "sinkhole", "domains": ["a.example"], "clients": ["10.0.0.1"]})"));
}

TEST_CASE("NXDOMAIN that would deny open names is NODATA, and said", "[policy]") {
  const auto problems = [](const std::string& more) {
    return problems_of({pack_of(R"({"id": "r", "action": "nxdomain", )" + more + "}")});
  };
  CHECK(problems(R"("domains": ["a.example", "*.b.example", "x*.c.example"])").empty());
  CHECK(holds(problems(R"("domains": ["=a.example"])"), "note: is answered as nodata"));
  CHECK(holds(problems(R"("domains": ["a.example"], "except": ["b.a.example"])"), "note: is answered as nodata"));
  CHECK(answer_of(R"({"id": "r", "action": "nxdomain", "domains": ["a.example"], "types": ["A"]})").nxdomain_as_nodata);
  CHECK_FALSE(answer_of(R"({"id": "r", "action": "nxdomain", "domains": ["=a.example"]})").nxdomain_as_nodata);
}

TEST_CASE("more rules than work are refused", "[policy]") {
  policy::RuleSet set;
  set.rules.resize(policy::Policy::MaxRules + 1);
  for (std::size_t i = 0; i < set.rules.size(); ++i) set.rules[i].id = std::to_string(10000 + i);
  const auto compiled = policy::compile_policy(std::move(set), {}, 1, test::Noon);
  CHECK(compiled.policy == nullptr);
  REQUIRE(compiled.problems.size() == 1);
}

TEST_CASE("a zone that is not there and a route for an unknown group are errors of the configuration", "[policy]") {
  policy::PolicySettings settings;
  settings.timezone = "Europe/Atlantis";
  settings.routes = {{test::name_of("ville.example"), 1, "agents"}};
  const auto problems = problems_of({}, settings);
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems[0], Catch::StartsWith("aven.json /timezone: error: "));
  CHECK_THAT(problems[1], Catch::StartsWith("aven.json /routes: error: the route of ville.example"));
}

TEST_CASE("a rule of more names than are kept is compiled and explained by its file", "[policy]") {
  auto rules = test::load({pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"]})")});
  for (int i = 0; i < 5000; ++i)
    rules.rules[0].domains[0].patterns.add(policy::parse_pattern("h" + std::to_string(i) + ".example").value());
  const auto compiled = policy::compile_policy(std::move(rules), {}, 1, test::Noon);
  REQUIRE(compiled.policy != nullptr);
  CHECK(compiled.policy->name_count() == 5001);
  CHECK(compiled.policy->rule(0).domains[0].patterns.empty());
}

TEST_CASE("a capital letter that no name can match is a warning", "[policy]") {
  const auto warned = [](const std::string& expression) {
    return holds(problems_of({pack_of(R"({"id": "r", "action": "sinkhole", "domains": [")" + expression + "\"]}")}),
                 "holds a capital letter");
  };
  for (const std::string expression :
       {"/ChatGPT/", "/a[b]C/", "/\\\\.Com$/", "/(?P<n>a)B/", "/[]a]B/", "/[^]]B/", "/\\\\p{Lu}B/"}) {
    INFO(expression);
    CHECK(warned(expression));
  }
  for (const std::string expression : {"/chatgpt/", "/[A-Za-z]x/", "/\\\\D\\\\W/", "/(?i)ChatGPT/", "/(?P<Name>a)/",
                                       "/\\\\p{Lu}/", "/[]A]/", "/[\\\\]A]/"}) {
    INFO(expression);
    CHECK_FALSE(warned(expression));
  }
}

TEST_CASE("the target of a redirect may be written with accents", "[policy]") {
  const auto answer =
      answer_of(R"({"id": "r", "action": "redirect", "domains": ["a.example"], "target": "café.example"})");
  CHECK(answer.redirect_target.text() == "xn--caf-dma.example");
}
