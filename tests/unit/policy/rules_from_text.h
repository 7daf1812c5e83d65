// Rules for tests: packs as JSON text, compiled; problems as lines.
// Thread: one.   Fails: a set that does not load fails the test.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "policy/pattern_set.h"
#include "policy/policy_compiler.h"
#include "policy/rule_file.h"
#include "support/message_builder.h"

namespace aven::test {

inline constexpr WallTime Noon{std::chrono::seconds{1'700'049'600}};  // 2023-11-15 12:00 UTC

// `rules`: the elements of a pack's "rules".
inline std::string pack_of(const std::string& rules, const std::string& more = "", const std::string& name = "p") {
  return R"({"format": 1, "pack": ")" + name + R"(", "rules": [)" + rules + "]" + more + "}";
}

inline policy::RuleSet load(const std::vector<std::string>& packs) {
  policy::RuleTexts texts;
  for (std::size_t i = 0; i < packs.size(); ++i)
    texts.packs.push_back({"rules/" + std::to_string(i) + ".json", packs[i]});
  auto loaded = policy::load_rules(texts);
  for (const auto& problem : loaded.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE_FALSE(policy::has_errors(loaded.problems));
  return std::move(loaded.rules);
}

inline std::vector<std::string> problems_of(const std::vector<std::string>& packs,
                                            const policy::PolicySettings& settings = {}) {
  std::vector<std::string> lines;
  for (const auto& problem : policy::compile_policy(load(packs), settings, 1, Noon).problems)
    lines.push_back(policy::to_text(problem));
  return lines;
}

// A policy at a moment, with what a worker has beside it.
class Compiled {
 public:
  explicit Compiled(const std::vector<std::string>& packs, const policy::PolicySettings& settings = {},
                    WallTime now = Noon)
      : policy_(compile(load(packs), settings)),
        activity_(*policy_, policy::Calendar::for_zone(settings.timezone).value(), now, Tick{}),
        patterns_(policy_->make_patterns()) {}

  const policy::Policy& operator*() const { return *policy_; }
  const policy::Policy* operator->() const { return policy_.get(); }
  const policy::Activity& activity() const { return activity_; }
  const policy::PatternSet& patterns() const { return *patterns_; }

  policy::Verdict match(const std::string& name, const std::string& client = "10.0.0.1",
                        dns::Type type = dns::Type::A) const {
    policy::Policy::ChainState chain;
    return policy_->match(name_of(name), {policy_->class_of(IpAddress::parse(client).value()), type}, activity_,
                          *patterns_, Tick{}, chain);
  }
  policy::Verdict match(const MessageBuilder& reply, const std::string& question, dns::Type type = dns::Type::A) const {
    return policy_->match_reply(reply.wire(), name_of(question), {0, type}, activity_, *patterns_, Tick{});
  }
  // "p/id" of the rule that decides, "" for none.
  std::string decider(const std::string& name, const std::string& client = "10.0.0.1",
                      dns::Type type = dns::Type::A) const {
    const auto rule = match(name, client, type).rule;
    return rule == policy::NoRule ? "" : policy_->rule(rule).full_id();
  }

 private:
  static std::unique_ptr<const policy::Policy> compile(policy::RuleSet rules, const policy::PolicySettings& settings) {
    auto compiled = policy::compile_policy(std::move(rules), settings, 1, Noon);
    for (const auto& problem : compiled.problems) UNSCOPED_INFO(policy::to_text(problem));
    REQUIRE(compiled.policy != nullptr);
    return std::move(compiled.policy);
  }

  std::unique_ptr<const policy::Policy> policy_;
  policy::Activity activity_;
  std::unique_ptr<policy::PatternSet> patterns_;
};

}  // namespace aven::test
