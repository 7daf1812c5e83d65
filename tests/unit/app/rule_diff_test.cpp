#include "app/rule_diff.h"

#include "unit/policy/rules_from_text.h"

using namespace aven::app;

namespace {

InputTexts texts_with(const std::string& rules, const std::string& config = "{}") {
  InputTexts texts;
  texts.config = aven::policy::SourceText{"aven.json", config};
  texts.rules.packs = {{"rules/a.json", R"({"format": 1, "pack": "a", "rules": [)" + rules + "]}"}};
  return texts;
}

const char* const Rule = R"({"id": "r", "action": "sinkhole", "domains": ["x.example", "y.example"],
                             "valid_until": "2027-03-31"})";

// "changed a/r: valid_until 2027-03-31 > 2027-06-30"
std::vector<std::string> told(const InputTexts& before, const InputTexts& after) {
  std::vector<std::string> out;
  for (const auto& change : rule_changes({before, {}}, {after, {}})) {
    for (const auto& field : change.fields) {
      out.push_back(change.rule + ' ' + field.field + ": " + field.before + " > " + field.after);
    }
    if (change.kind != RuleChange::Kind::Changed) {
      out.push_back((change.kind == RuleChange::Kind::Added ? "added " : "removed ") + change.rule);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("equal sets do not differ, however they are laid out", "[app]") {
  std::string spaced{Rule};
  spaced.insert(1, "\n\n  ");
  CHECK(told(texts_with(Rule), texts_with(spaced)).empty());
}

TEST_CASE("names and fields are told one by one", "[app]") {
  const char* const other = R"({"id": "r", "action": "nxdomain", "domains": ["y.example", "=z.example"],
                                "groups": ["agents"]})";
  CHECK(told(texts_with(Rule), texts_with(other)) ==
        std::vector<std::string>{"a/r action: sinkhole > nxdomain", "a/r domains: x.example > ",
                                 "a/r domains:  > =z.example", "a/r groups:  > agents",
                                 "a/r valid_until: 2027-03-31 > "});
}

TEST_CASE("rules that come and go are told with what they hold", "[app]") {
  const auto added = told(texts_with(""), texts_with(Rule));
  CHECK(std::find(added.begin(), added.end(), "added a/r") != added.end());
  CHECK(std::find(added.begin(), added.end(), "a/r domains:  > x.example") != added.end());
  const auto removed = told(texts_with(Rule), texts_with(""));
  CHECK(std::find(removed.begin(), removed.end(), "removed a/r") != removed.end());
  CHECK(std::find(removed.begin(), removed.end(), "a/r domains: x.example > ") != removed.end());
}

TEST_CASE("settings are told by their keys, comments are none", "[app]") {
  CHECK(told(texts_with(Rule, R"({"language": "fr"})"), texts_with(Rule, "{ // words\n\"language\": \"en\"}")) ==
        std::vector<std::string>{"aven.json language: \"fr\" > \"en\""});
}

TEST_CASE("a list is told by its content", "[app]") {
  const auto texts = texts_with(R"({"id": "r", "action": "sinkhole", "lists": [{"file": "l", "format": "domains"}]})");
  const auto changes = rule_changes({texts, {{"l", "domains", std::string(64, 'a'), 7}}},
                                    {texts, {{"l", "domains", std::string(64, 'b'), 9}}});
  REQUIRE(changes.size() == 1);
  REQUIRE(changes[0].fields.size() == 2);
  CHECK(changes[0].fields[0].before == "l (7 names, aaaaaaaaaaaa)");
  CHECK(changes[0].fields[1].after == "l (9 names, bbbbbbbbbbbb)");
}

TEST_CASE("many names are counted beyond a limit", "[app]") {
  std::string names;
  for (int i = 0; i < 1000; ++i) names += (i ? "," : "") + ("\"n" + std::to_string(i) + ".example\"");
  const auto changes =
      told(texts_with(Rule), texts_with(R"({"id": "r", "action": "sinkhole", "domains": [)" + names + "]}"));
  CHECK(changes.size() < 210);
  CHECK(std::find(changes.begin(), changes.end(), "a/r domains:  > ... 800") != changes.end());
}

TEST_CASE("compiled policies differ by their rules", "[app]") {
  using aven::test::Compiled;
  using aven::test::pack_of;
  const Compiled before{{pack_of(R"({"id": "gone", "action": "sinkhole", "domains": ["gone.example"]},
    {"id": "same", "action": "nodata", "domains": ["same.example"]},
    {"id": "turned", "action": "sinkhole", "mode": "observe", "domains": ["a.example", "b.example"],
     "valid_until": "2027-03-31"})")}};
  const Compiled after{{pack_of(R"({"id": "new", "action": "sinkhole", "domains": ["new.example"]},
    {"id": "same", "action": "nodata", "domains": ["same.example"]},
    {"id": "turned", "action": "sinkhole", "domains": ["b.example", "=c.example"], "valid_until": "2027-03-31"})")}};
  const auto changes = rule_changes(*before, *after);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].rule == "p/gone");
  CHECK(changes[0].kind == RuleChange::Kind::Removed);
  CHECK(changes[1].rule == "p/new");
  CHECK(changes[1].kind == RuleChange::Kind::Added);
  CHECK(changes[2].rule == "p/turned");
  REQUIRE(changes[2].fields.size() == 3);
  CHECK(changes[2].fields[0].field == "mode");
  CHECK(changes[2].fields[0].before == "observe");
  CHECK(changes[2].fields[0].after == "enforce");
  CHECK(changes[2].fields[1].before == "a.example");
  CHECK(changes[2].fields[2].after == "=c.example");
  CHECK(rule_changes(*before, *before).empty());
}
