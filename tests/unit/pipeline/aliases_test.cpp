#include "pipeline/aliases.h"

#include <catch2/catch.hpp>

#include "policy/policy_compiler.h"

using namespace aven;

namespace {

dns::Name name(std::string_view text) {
  return dns::Name::from_text(text).value();
}

policy::LocalRecord alias(std::string_view owner, std::string_view target) {
  const auto wire = name(target);
  return {name(owner), dns::Type::CNAME, 300, {wire.wire().begin(), wire.wire().end()}};
}

std::unique_ptr<const policy::Policy> with_records(std::vector<policy::LocalRecord> records) {
  policy::PolicySettings settings;
  settings.records = std::move(records);
  auto compiled = policy::compile_policy({}, settings, 1, WallTime{});
  REQUIRE(compiled.policy != nullptr);
  return std::move(compiled.policy);
}

}  // namespace

TEST_CASE("recorded aliases are followed to the name where they end", "[pipeline]") {
  const auto policy = with_records({alias("a.example", "b.example"), alias("b.example", "c.example")});
  pipeline::Aliases aliases;
  REQUIRE(pipeline::follow_records(*policy, name("a.example"), dns::Type::A, aliases) == name("c.example"));
  REQUIRE(aliases.size == 2);
  REQUIRE(aliases.links[1].owner == name("b.example"));
}

TEST_CASE("a question for CNAME is not followed", "[pipeline]") {
  const auto policy = with_records({alias("a.example", "b.example")});
  pipeline::Aliases aliases;
  REQUIRE(pipeline::follow_records(*policy, name("a.example"), dns::Type::CNAME, aliases) == name("a.example"));
  REQUIRE(aliases.size == 0);
}

TEST_CASE("a loop of recorded aliases ends", "[pipeline]") {
  const auto policy = with_records({alias("a.example", "b.example"), alias("b.example", "a.example")});
  pipeline::Aliases aliases;
  pipeline::follow_records(*policy, name("a.example"), dns::Type::A, aliases);
  REQUIRE(aliases.full());
}
