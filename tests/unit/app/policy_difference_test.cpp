#include "app/policy_difference.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using namespace aven::app;
using test::Compiled;
using test::pack_of;

TEST_CASE("rules that come, go and change are told with what changes in them", "[app]") {
  const Compiled before{{pack_of(R"({"id": "gone", "action": "sinkhole", "domains": ["gone.example"]},
    {"id": "same", "action": "nodata", "domains": ["same.example"]},
    {"id": "turned", "action": "sinkhole", "mode": "observe", "domains": ["a.example", "b.example"],
     "valid_until": "2027-03-31"})")}};
  const Compiled after{{pack_of(R"({"id": "new", "action": "sinkhole", "domains": ["new.example"]},
    {"id": "same", "action": "nodata", "domains": ["same.example"]},
    {"id": "turned", "action": "sinkhole", "domains": ["b.example", "=c.example"], "valid_until": "2027-03-31"})")}};
  const auto changes = policy_difference(*before, *after);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].rule == "p/gone");
  CHECK(changes[0].kind == RuleChange::Kind::Removed);
  CHECK(changes[1].rule == "p/new");
  CHECK(changes[1].kind == RuleChange::Kind::Added);
  CHECK(changes[2].rule == "p/turned");
  CHECK(changes[2].kind == RuleChange::Kind::Changed);
  REQUIRE(changes[2].fields.size() == 2);
  CHECK(changes[2].fields[0].field == "domains");
  CHECK(changes[2].fields[0].before == "a.example");
  CHECK(changes[2].fields[0].after == "=c.example");
  CHECK(changes[2].fields[1].field == "mode");
  CHECK(changes[2].fields[1].before == "observe");
  CHECK(changes[2].fields[1].after == "enforce");
  CHECK(policy_difference(*before, *before).empty());
}
