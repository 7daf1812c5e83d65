#include "policy/must_resolve.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using test::pack_of;
using test::problems_of;

namespace {

const std::string Must = R"(, "must_resolve": ["ok.example"])";

std::vector<std::string> with(const std::string& rules) {
  return problems_of({pack_of(rules, Must)});
}

}  // namespace

TEST_CASE("a pack that blocks what it says must resolve is refused, with the place of both", "[policy]") {
  const auto problems = with(R"({"id": "1", "action": "sinkhole", "domains": ["example"]})");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] ==
        "rules/0.json /must_resolve/0: error: ok.example must resolve, but the rule p/1 (rules/0.json /rules/0) covers "
        "it; "
        "add it to the rule's `except`");
}

TEST_CASE("every form is proved: suffix, label pattern, expression", "[policy]") {
  for (const char* pattern : {"*.example", "o*.example", "=ok.example", "/ok/"})
    CHECK(with(R"({"id": "1", "action": "sinkhole", "domains": [")" + std::string{pattern} + "\"]}").size() == 1);
  CHECK(with(R"({"id": "1", "action": "sinkhole", "domains": ["x.ok.example", "=example"]})").empty());
}

TEST_CASE("dates and clients do not excuse a break, an except does", "[policy]") {
  CHECK(with(R"({"id": "1", "action": "sinkhole", "domains": ["example"], "clients": ["10.0.0.1"],
                 "valid_from": "2099-01-01"})")
            .size() == 1);
  CHECK(with(R"({"id": "1", "action": "sinkhole", "domains": ["example"], "except": ["ok.example"]})").empty());
}

TEST_CASE("only an unconditional allow speaks for the name", "[policy]") {
  const std::string block = R"({"id": "1", "action": "sinkhole", "domains": ["example"]}, )";
  CHECK(with(block + R"({"id": "2", "action": "allow", "domains": ["ok.example"]})").empty());
  CHECK(with(block + R"({"id": "2", "action": "allow", "domains": ["ok.example"], "clients": ["10.0.0.1"]})").size() ==
        1);
  CHECK(with(block + R"({"id": "2", "action": "allow", "domains": ["ok.example"], "types": ["A"]})").size() == 1);
}

TEST_CASE("an observed rule that would break it is a warning, a rule that is off is nothing", "[policy]") {
  const auto observed = with(R"({"id": "1", "action": "sinkhole", "mode": "observe", "domains": ["example"]})");
  REQUIRE(observed.size() == 1);
  CHECK(observed[0].find("warning") != std::string::npos);
  CHECK(with(R"({"id": "1", "action": "sinkhole", "mode": "off", "domains": ["example"]})").empty());
}

TEST_CASE("a pack's names bind its own rules, the configuration's and routes bind all", "[policy]") {
  const auto first = pack_of(R"({"id": "1", "action": "allow", "domains": ["z.example"]})", Must, "p");
  const auto second = pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["example"]})", "", "q");
  CHECK(problems_of({first, second}).empty());
  policy::PolicySettings settings;
  settings.must_resolve = {{test::name_of("dns.example"), "", "aven.json", "/upstreams/default"}};
  settings.routes = {{test::name_of("ville.example"), 1, ""}};
  CHECK(problems_of({first, second}, settings).size() == 2);
}
