#include "policy/client_classes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "unit/policy/rules_from_text.h"

using namespace aven;
using test::Compiled;
using test::pack_of;

namespace {

Prefix prefix(const std::string& text) {
  return Prefix::parse(text).value();
}

policy::PolicySettings groups() {
  policy::PolicySettings settings;
  settings.allow_from = {prefix("10.0.0.0/8"), prefix("2001:db8::/32")};
  settings.groups = {{"staff", {prefix("10.10.0.0/16"), prefix("2001:db8:1::/48")}},
                     {"boss", {prefix("10.10.1.0/24")}}};
  return settings;
}

std::string group_at(const Compiled& rules, const std::string& client) {
  const auto& found = rules->client_class(rules->class_of(IpAddress::parse(client).value()));
  return rules->group_names()[found.group] + (found.allowed ? "" : " refused");
}

}  // namespace

TEST_CASE("the longest prefix gives the group, everybody else is in default", "[policy]") {
  const Compiled rules{{}, groups()};
  CHECK(group_at(rules, "10.10.2.1") == "staff");
  CHECK(group_at(rules, "10.10.1.1") == "boss");
  CHECK(group_at(rules, "10.20.0.1") == "default");
  CHECK(group_at(rules, "2001:db8:1::7") == "staff");
  CHECK(group_at(rules, "::ffff:10.10.1.1") == "boss");
  CHECK(group_at(rules, "192.0.2.1") == "default refused");
}

TEST_CASE("clients add to groups, except_clients take away, neither changes the group", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "groups": ["boss"],
    "clients": ["10.10.2.0/24", "192.0.2.9"], "except_clients": ["10.10.1.128/25", "10.10.2.5"]})")},
                       groups()};
  CHECK(rules.decider("a.example", "10.10.1.1") == "p/r");
  CHECK(rules.decider("a.example", "10.10.1.200").empty());
  CHECK(rules.decider("a.example", "10.10.2.1") == "p/r");
  CHECK(rules.decider("a.example", "10.10.2.5").empty());
  CHECK(rules.decider("a.example", "10.10.3.1").empty());
  CHECK(rules.decider("a.example", "192.0.2.9") == "p/r");
  CHECK(group_at(rules, "10.10.2.1") == "staff");
}

TEST_CASE("a rule for default speaks to clients in no group", "[policy]") {
  const Compiled rules{
      {pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "groups": ["default"]})")}, groups()};
  CHECK(rules.decider("a.example", "10.20.0.1") == "p/r");
  CHECK(rules.decider("a.example", "10.10.0.1").empty());
}

TEST_CASE("networks written as mapped IPv6 count as IPv4", "[policy]") {
  const Compiled rules{
      {pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "clients": ["::ffff:10.1.0.0/112"]})")}};
  CHECK(rules.decider("a.example", "10.1.2.3") == "p/r");
  CHECK(rules.decider("a.example", "10.2.2.3").empty());
}

TEST_CASE("a group that is not there is an error that names the nearest", "[policy]") {
  const auto problems = test::problems_of(
      {pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "groups": ["stafff"]})")}, groups());
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] ==
        R"(rules/0.json /rules/0/groups/0: error: there is no group "stafff" in aven.json; did you mean "staff"?)");
}

TEST_CASE("a prefix in two groups and a group named default are errors", "[policy]") {
  auto settings = groups();
  settings.groups.push_back({"a/b", {prefix("10.10.1.0/24")}});
  settings.groups.push_back({"default", {}});
  const auto problems = test::problems_of({}, settings);
  REQUIRE(problems.size() == 2);
  CHECK_THAT(problems[0],
             Catch::StartsWith("aven.json /groups/a~1b/0: error: 10.10.1.0/24 is also in the group \"boss\""));
  CHECK_THAT(problems[1], Catch::StartsWith("aven.json /groups/default: error: "));
}

TEST_CASE("nested and neighbouring networks of two families speak as a walk over all of them does", "[policy]") {
  std::uint32_t state = 7;
  const auto draw = [&](std::uint32_t below) { return (state = state * 1664525 + 1013904223) / 65536 % below; };
  std::vector<Prefix> clients, excepted;
  const auto add = [&](std::vector<Prefix>& to) {
    std::array<std::uint8_t, 16> octets{};
    const bool v4 = draw(3) != 0;
    const std::uint32_t length = draw(v4 ? 17 : 33);  // many nested ones
    for (std::uint32_t bit = 0; bit < length; ++bit)
      if (draw(3) == 0) octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    const auto address = v4 ? IpAddress::v4(std::span{octets}.first<4>()) : IpAddress::v6(octets);
    to.push_back({address, static_cast<std::uint8_t>(length)});
  };
  for (int i = 0; i < 40; ++i) add(clients);
  for (int i = 0; i < 60; ++i) add(excepted);
  std::erase_if(excepted, [](const Prefix& one) { return one.length < 6; });
  std::erase_if(clients, [](const Prefix& one) { return one.length < 2; });
  const auto list = [](const std::vector<Prefix>& prefixes) {
    std::string text;
    for (const auto& one : prefixes) text += (text.empty() ? "\"" : ", \"") + one.text() + '"';
    return text;
  };
  const Compiled rules{{pack_of(R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "clients": [)" +
                                list(clients) + R"(], "except_clients": [)" + list(excepted) + "]}")}};
  const auto any = [](const std::vector<Prefix>& prefixes, const IpAddress& address) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& one) { return one.contains(address); });
  };
  int spoken_to = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<Prefix> one;
    add(one);
    const auto address = one[0].network;
    const bool expected = any(clients, address) && !any(excepted, address);
    INFO(address.text());
    REQUIRE(rules.decider("a.example", address.text()).empty() == !expected);
    spoken_to += expected;
  }
  CHECK((spoken_to > 100 && spoken_to < 2900));
}
