#include "app/rehearsal.h"

#include "unit/policy/rules_from_text.h"

using namespace aven;
using namespace aven::app;
using test::Compiled;
using test::MessageBuilder;
using test::Noon;
using test::pack_of;

namespace {

policy::PolicySettings settings() {
  policy::PolicySettings settings;
  settings.allow_from = {*Prefix::parse("10.0.0.0/8")};
  settings.groups = {{"agents", {*Prefix::parse("10.10.0.0/16")}}};
  return settings;
}

Compiled rules(const std::string& text) {
  return Compiled{{pack_of(text)}, settings()};
}

server::CachedReply reply(const std::string& name, std::uint32_t asked, const std::string& alias = "") {
  MessageBuilder builder;
  builder.question(name);
  if (alias.empty()) {
    builder.address(name, 300, 1);
  } else {
    builder.alias(name, 300, alias).address(alias, 300, 1);
  }
  const auto wire = builder.wire();
  return {{wire.begin(), wire.end()}, asked};
}

Rehearsal between(const Compiled& before, const Compiled& after, const std::vector<server::CachedReply>& replies,
                  std::uint64_t questions = 1000) {
  const auto calendar = policy::Calendar::for_zone("UTC").value();
  return rehearse({*before, calendar}, {*after, calendar}, replies, questions, Noon);
}

constexpr const char* Nothing = R"({"id": "r", "action": "sinkhole", "domains": ["unused.example"]})";
constexpr const char* Ban = R"({"id": "r", "action": "sinkhole", "domains": ["a.example"]})";
constexpr const char* BanForAgents =
    R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "groups": ["agents"]})";

}  // namespace

TEST_CASE("a new rule newly blocks the names that it names, also by alias, with their share", "[app]") {
  const auto found =
      between(rules(Nothing), rules(Ban),
              {reply("www.a.example", 100), reply("b.example", 500), reply("c.example", 20, "x.a.example")});
  CHECK(found.names == 3);
  CHECK(found.blocked.names == 2);
  CHECK(found.blocked.asked == 120);
  CHECK(found.share_percent(found.blocked) == Approx(12));
  REQUIRE(found.blocked.first.size() == 2);
  CHECK(found.blocked.first[0].name == "www.a.example");
  CHECK(found.blocked.first[0].groups == std::vector<std::string>{"agents", "default"});
  CHECK(found.allowed.names == 0);
}

TEST_CASE("a rule that ends newly allows", "[app]") {
  const auto found = between(rules(Ban), rules(Nothing), {reply("a.example", 7)});
  CHECK(found.blocked.names == 0);
  CHECK(found.allowed.names == 1);
}

TEST_CASE("a rule that comes to one group more is new for that group alone", "[app]") {
  const auto found = between(rules(BanForAgents), rules(Ban), {reply("a.example", 7)});
  REQUIRE(found.blocked.first.size() == 1);
  CHECK(found.blocked.first[0].groups == std::vector<std::string>{"default"});
  CHECK(between(rules(Ban), rules(Ban), {reply("a.example", 7)}).blocked.names == 0);
}

TEST_CASE("an observed rule blocks nothing, and broken octets are left out", "[app]") {
  const auto observed = rules(R"({"id": "r", "action": "sinkhole", "mode": "observe", "domains": ["a.example"]})");
  CHECK(between(rules(Nothing), observed, {reply("a.example", 7)}).blocked.names == 0);
  auto cut = reply("a.example", 7);
  cut.wire.resize(14);
  CHECK(between(rules(Nothing), rules(Ban), {cut, {{}, 1}}).names == 0);
}

TEST_CASE("a share is never more than everything, and nothing of nothing", "[app]") {
  const auto found = between(rules(Nothing), rules(Ban), {reply("a.example", 500)}, 100);
  CHECK(found.share_percent(found.blocked) == Approx(100));
  CHECK(Rehearsal{}.share_percent({}) == 0);
}
