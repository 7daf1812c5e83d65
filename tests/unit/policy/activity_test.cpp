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
