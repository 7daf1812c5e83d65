#include "policy/rule_file.h"

#include <catch2/catch.hpp>

using namespace aven::policy;

namespace {

constexpr const char* Set =
    R"({"format": 1, "names": "chatgpt", "domains": [{"name": "chatgpt.com"}], "must_resolve": ["ok.chatgpt.com"]})";

LoadedRules load(const std::string& pack) {
  return load_rules({{{"p.json", pack}}, {{"names/chatgpt.json", Set}}});
}

// A pack of one rule with these members beside id and action.
LoadedRules rule(const std::string& members, const std::string& action = "sinkhole") {
  return load(R"({"format": 1, "pack": "p", "rules": [{"id": "r", "action": ")" + action + "\", " + members + "}]}");
}

std::string lines(const LoadedRules& loaded) {
  std::string text;
  for (const auto& problem : loaded.problems) text += to_text(problem) + '\n';
  return text;
}

}  // namespace

TEST_CASE("each key takes what is right", "[policy]") {
  for (const std::string members :
       {R"("names": ["chatgpt"])", R"("addresses": ["192.0.2.0/24", "2001:db8::/32"])",
        R"("types": ["A", "HTTPS", "TYPE65280"])", R"("title": {"en": "x"}, "reason": {"fr": "y"})",
        R"("mode": "observe")", R"("except": [])", R"("groups": [])",
        R"("lists": [{"file": "l", "format": "hosts", "min_entries": 3, "max_shrink_percent": 30}])",
        R"("lists": [{"url": "https://a.example/l", "format": "rpz", "refresh_hours": 6}])",
        R"("clients": ["10.0.0.1"], "except_clients": ["10.0.0.0/8"])", R"("priority": -1000)", R"("priority": 1000)",
        R"("schedule": [{"days": ["mon"], "from": "22:00", "to": "06:00"}])",
        R"("valid_from": "2023-03-27", "valid_until": "2027-03-31T16:00", "review_by": "2026-12-31")",
        R"("legal_basis": "x", "owner": "y", "category": "ai", "contact": ["mailto:a@b.example", "tel:+33"])",
        R"("ede": "censored", "whole_suffix": true)", R"("answer": {"ipv4": ["0.0.0.0"], "ipv6": [], "ttl": 0})"}) {
    const auto loaded = rule(R"("domains": ["a.b"], )" + members);
    INFO(members);
    REQUIRE(lines(loaded).empty());
  }
}

TEST_CASE("each key refuses what is wrong, once, and names the place", "[policy]") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"("names": [])", "/names"},
      {R"("types": [])", "/types"},
      {R"("types": ["a"])", "/types/0"},
      {R"("addresses": [])", "/addresses"},
      {R"("addresses": ["10.0.0.1/8"])", "/addresses/0"},
      {R"("lists": [])", "/lists"},
      {R"("lists": [{"format": "rpz"}])", "/lists/0"},
      {R"("lists": [{"file": "l"}])", "/lists/0/format"},
      {R"("lists": [{"url": "http://a.example/l", "format": "rpz"}])", "/lists/0/url"},
      {R"("lists": [{"file": "l", "url": "https://a.example", "format": "rpz"}])", "/lists/0"},
      {R"("lists": [{"file": "l", "format": "rpz", "refresh_hours": 6}])", "/lists/0/refresh_hours"},
      {R"("schedule": [])", "/schedule"},
      {R"("schedule": [{"days": [], "from": "08:00", "to": "09:00"}])", "/schedule/0/days"},
      {R"("schedule": [{"from": "08:00", "to": "09:00"}])", "/schedule/0/days"},
      {R"("schedule": [{"days": ["mon"], "from": "08:00", "to": "24:00"}])", "/schedule/0/to"},
      {R"("schedule": [{"days": ["mon"], "from": "", "to": "23:00"}])", "/schedule/0/from"},
      {R"("valid_from": "2027-03-31T16:00:30")", "/valid_from"},
      {R"("valid_from": "2027-04-01", "valid_until": "2027-03-31")", "/valid_until"},
      {R"("review_by": "2027-03-31T16:00")", "/review_by"},
      {R"("review_by": "")", "/review_by"},
      {R"("title": {})", "/title"},
      {R"("title": {"en": "x", "fr": ""})", "/title/fr"},
      {R"("owner": "")", "/owner"},
      {R"("category": "AI")", "/category"},
      {R"("contact": ["a@b"])", "/contact/0"},
      {R"("priority": 18446744073709551615)", "/priority"},
      {R"("priority": 1.5)", "/priority"},
      {R"("exempts": ["p/r"])", "/exempts"},
      {R"("target": "a.b")", "/target"},
      {R"("mode": "on")", "/mode"},
      {R"("ede": "no")", "/ede"},
      {R"("answer": {"ttl": 86401})", "/answer/ttl"},
      {R"("answer": {"ipv4": ["::"]})", "/answer/ipv4/0"},
      {R"("whole_suffix": 1)", "/whole_suffix"},
      {R"("except": ["a b"])", "/except/0"},
  };
  for (const auto& [members, place] : cases) {
    const auto loaded = rule(R"("domains": ["a.b"], )" + members);
    INFO(members << '\n' << lines(loaded));
    REQUIRE(loaded.problems.size() == 1);
    REQUIRE(loaded.problems[0].pointer == "/rules/0" + place);
    REQUIRE(loaded.problems[0].severity == Severity::Error);
  }
}

TEST_CASE("an unknown key names the nearest known one", "[policy]") {
  const auto loaded = rule(R"("domain": ["a.b"], "names": ["chatgpt"])");
  REQUIRE(lines(loaded) == "p.json /rules/0/domain: error: unknown key \"domain\"; did you mean \"domains\"?\n");
}

TEST_CASE("an unknown name set names the nearest", "[policy]") {
  REQUIRE(lines(rule(R"("names": ["chatgtp"])")).find("did you mean \"chatgpt\"?") != std::string::npos);
}

TEST_CASE("a rule has the names of its sets, and its pack their must_resolve", "[policy]") {
  const auto loaded = rule(R"("domains": ["a.b"], "names": ["chatgpt"])");
  REQUIRE(loaded.rules.rules.at(0).domains.size() == 2);
  REQUIRE(loaded.rules.rules[0].domains[1].file == "names/chatgpt.json");
  REQUIRE(loaded.rules.must_resolve.at(0).pack == "p");
}

TEST_CASE("format, pack and rules are compulsory, and all that is missing is told at once", "[policy]") {
  REQUIRE(load("{}").problems.size() == 3);
}

TEST_CASE("a rule that names nothing is an error", "[policy]") {
  REQUIRE(rule(R"("mode": "off")").problems.size() == 1);
}

TEST_CASE("two packs of one name and two rules of one id are errors", "[policy]") {
  const std::string pack =
      R"({"format": 1, "pack": "p", "rules": [{"id": "r", "action": "allow", "domains": ["a.b"]}]})";
  const auto loaded = load_rules({{{"a.json", pack}, {"b.json", pack}}, {}});
  REQUIRE(loaded.problems.size() == 2);
  REQUIRE(loaded.problems[0].pointer == "/pack");
  REQUIRE(loaded.problems[1].pointer == "/rules/0/id");
}

TEST_CASE("exempts must name a rule that is there", "[policy]") {
  REQUIRE(rule(R"("exempts": ["p/r"])", "allow").problems.empty());
  REQUIRE(lines(rule(R"("exempts": ["p/rr"])", "allow")).find("did you mean \"p/r\"?") != std::string::npos);
}

TEST_CASE("a rule with lists stands below written rules unless it says otherwise", "[policy]") {
  const std::string lists = R"("lists": [{"file": "l", "format": "hosts"}])";
  REQUIRE(rule(lists).rules.rules.at(0).priority == -10);
  REQUIRE(rule(lists + R"(, "priority": 0)").rules.rules.at(0).priority == 0);
}

TEST_CASE("a name set needs format, names and at least one domain", "[policy]") {
  REQUIRE(load_rules({{}, {{"n.json", "{}"}}}).problems.size() == 3);
  REQUIRE(load_rules({{}, {{"n.json", R"({"format": 1, "names": "n", "domains": []})"}}}).problems.size() == 1);
  REQUIRE(load_rules({{}, {{"n.json", R"({"format": 1, "names": "n", "domains": ["a.b"]})"}}}).problems.size() == 1);
}

TEST_CASE("of a file for a newer program only that is told", "[policy]") {
  const std::string newer = R"({"format": 2, "pack": "q", "colour": 1, "rules": [{"domains": ["a b"]}]})";
  const std::string older =
      R"({"format": 1, "pack": "p", "rules": [{"id": "r", "action": "allow", "exempts": ["q/r"]}]})";
  const auto loaded = load_rules({{{"q.json", newer}, {"p.json", older}}, {}});
  REQUIRE(lines(loaded) == "q.json /format: error: this file is for a newer Aven; this one knows format 1\n");
  const auto set = load_rules({{}, {{"n.json", R"({"format": 7, "names": "n", "colour": 1})"}}});
  REQUIRE(lines(set) == "n.json /format: error: this file is for a newer Aven; this one knows format 1\n");
}

TEST_CASE("a set that two rules of a pack use binds the pack once", "[policy]") {
  const auto loaded = load(R"({"format": 1, "pack": "p", "rules": [
    {"id": "a", "action": "sinkhole", "names": ["chatgpt"]}, {"id": "b", "action": "drop", "names": ["chatgpt"]}]})");
  REQUIRE(loaded.problems.empty());
  REQUIRE(loaded.rules.must_resolve.size() == 1);
}

TEST_CASE("an entry that is no text is named with its place among the others", "[policy]") {
  REQUIRE(lines(rule(R"("domains": ["a.b", 7, "c.d", {}])")) ==
          "p.json /rules/0/domains/1: error: must be a text in quotes\n"
          "p.json /rules/0/domains/3: error: must be a text in quotes\n");
}
