#include "policy/policy_id.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using test::pack_of;

namespace {

std::string id_of(const std::vector<std::string>& packs, const policy::PolicySettings& settings = {}) {
  return policy::policy_id(test::load(packs), settings);
}

}  // namespace

TEST_CASE("equal decisions have equal ids, however the files are laid out", "[policy]") {
  const auto first = pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["a.example"]})");
  const auto same = pack_of(R"({  "domains": ["A.Example."], "action": "sinkhole", "id": "1"})");
  const auto other = pack_of(R"({"id": "1", "action": "refuse", "domains": ["b.example"]})", "", "q");
  CHECK(id_of({first}).size() == 64);
  CHECK(id_of({first}) == id_of({same}));
  CHECK(id_of({first, other}) == id_of({other, same}));
}

TEST_CASE("whatever decides, and whatever a statement says, changes the id", "[policy]") {
  const auto rule = [](const std::string& more) {
    return id_of({pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["a.example"])" + more + "}")});
  };
  std::vector<std::string> ids{rule("")};
  for (const char* more : {R"(, "mode": "observe")",
                           R"(, "priority": 1)",
                           R"(, "except": ["b.a.example"])",
                           R"(, "types": ["A"])",
                           R"(, "addresses": ["192.0.2.1"])",
                           R"(, "clients": ["192.0.2.1"])",
                           R"(, "except_clients": ["192.0.2.1"])",
                           R"(, "valid_until": "2027-01-01")",
                           R"(, "valid_from": "2027-01-01")",
                           R"(, "answer": {"ttl": 9})",
                           R"(, "answer": {"ipv4": []})",
                           R"(, "answer": {"ipv6": []})",
                           R"(, "reason": {"en": "x"})",
                           R"(, "schedule": [{"days": ["mon"], "from": "08:00", "to": "09:00"}])",
                           R"(, "ede": "filtered")",
                           R"(, "title": {"en": "x"})",
                           R"(, "title": {"fr": "x"})",
                           R"(, "review_by": "2027-01-01")",
                           R"(, "category": "ai")",
                           R"(, "lists": [{"file": "l", "format": "domains"}])"})
    ids.push_back(rule(more));
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("what the entries of a list answer is part of the id", "[policy]") {
  const auto with = [](std::optional<policy::OwnAnswer> own) {
    auto rules = test::load({pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["a.example"]})")});
    rules.rules[0].domains[0].own = std::move(own);
    return policy::policy_id(rules, {});
  };
  policy::OwnAnswer denied, redirected;
  denied.action = policy::Action::NxDomain;
  redirected.action = policy::Action::Redirect;
  redirected.target = "b.example";
  CHECK(with({}) != with(denied));
  CHECK(with(denied) != with(redirected));
}

TEST_CASE("the configuration that decides is part of the id, the seed of the table is not", "[policy]") {
  policy::PolicySettings plain, language, declared, seeded;
  language.language = "fr";
  declared.declared = {"log all"};
  seeded.hash_seed = 99;
  CHECK(id_of({}, plain) != id_of({}, language));
  CHECK(id_of({}, plain) != id_of({}, declared));
  CHECK(id_of({}, plain) == id_of({}, seeded));
}
