#include "app/reload_words.h"

#include <catch2/catch.hpp>

using namespace aven;
using policy::Json;

namespace {

constexpr auto En = app::Language::En, Fr = app::Language::Fr;

Json example() {
  return Json::parse(R"({"trial": true, "good": true, "in_force": false, "policy_before": "0123456789abcdef",
    "policy_after": "fedcba9876543210",
    "rules": [{"rule": "p/gone", "change": "removed", "fields": [{"field": "action", "before": "sinkhole", "after": ""}]},
              {"rule": "p/r", "change": "changed", "fields": [{"field": "mode", "before": "observe", "after": "enforce"}]}],
    "rehearsal": {"names": 40, "questions": 1000,
      "blocked": {"names": 1, "asked": 12, "share_percent": 1.2,
                  "first": [{"name": "a.example", "asked": 12, "groups": ["agents", "default"]}]},
      "allowed": {"names": 0, "asked": 0, "share_percent": 0, "first": []}},
    "objection": "", "problems": [{"severity": "warning", "file": "aven.json", "pointer": "/listen", "text": "restart"},
                                  {"severity": "note", "file": "f", "pointer": "", "text": "never mind"}]})");
}

}  // namespace

TEST_CASE("a reload says what it changes, in rules and in answers", "[app]") {
  CHECK(app::reload_words(example(), En) == R"(Policy 0123456789ab -> fedcba987654
  removed p/gone
  changed p/r
    mode: - observe + enforce
Of the 40 names in the cache:
  newly blocked: 1 name, 1.2 % of the last hour's questions
    a.example  asked 12 times, for agents, default
warning: aven.json /listen: restart
)");
}

TEST_CASE("a reload says whether the new rules are in force", "[app]") {
  auto done = example();
  done["trial"] = false;
  done["in_force"] = true;
  CHECK(app::in_force_words(done, En) == "In force: policy fedcba987654.\n");
  done["in_force"] = false;
  CHECK(app::in_force_words(done, En) == "warning: aven.json /listen: restart\nRefused: what ran before goes on.\n");
  done["policy_after"] = done["policy_before"];
  CHECK(app::reload_words(done, En).find("The rules are those that run") == 0);
}

TEST_CASE("a long list of names is cut between characters", "[app]") {
  auto reply = example();
  std::string names;
  for (int i = 0; i < 400; ++i) names += "é";
  reply["rules"][1]["fields"][0]["after"] = names;
  const auto words = app::reload_words(reply, En);
  CHECK(words.find("éé ...") != std::string::npos);
  CHECK(words.size() < 1000);
}

TEST_CASE("a reload in French", "[app]") {
  CHECK(app::reload_words(example(), Fr) == R"(Politique 0123456789ab -> fedcba987654
  supprimée p/gone
  modifiée p/r
    mode: - observe + enforce
Des 40 noms du cache :
  nouvellement bloqués : 1 nom, 1,2 % des questions de la dernière heure
    a.example  demandé 12 fois, pour agents, default
avertissement : aven.json /listen: restart
)");
}

TEST_CASE("the entries of one list that went and came stand in one line", "[app]") {
  auto reply = example();
  reply["rules"][1]["fields"] = Json::parse(R"([{"field": "domains", "before": "a.example"},
    {"field": "domains", "before": "b.example"}, {"field": "domains", "after": "c.example"}])");
  CHECK(app::reload_words(reply, En).find("    domains: - a.example, b.example + c.example\n") != std::string::npos);
}
