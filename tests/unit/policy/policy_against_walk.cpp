// The compiled policy against a plain walk over all rules: thousands of drawn rule sets.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "policy/pattern_set.h"
#include "unit/policy/drawn_rules.h"

using namespace aven;

namespace {

// Sets that break their own must_resolve are refused: drawn again without it.
std::unique_ptr<const policy::Policy> compile(policy::RuleSet& rules, policy::PolicySettings& settings) {
  auto compiled = policy::compile_policy(rules, settings, 1, test::Now);
  if (compiled.policy == nullptr) {
    rules.must_resolve.clear();
    settings.must_resolve.clear();
    settings.routes.clear();
    compiled = policy::compile_policy(rules, settings, 1, test::Now);
  }
  for (const auto& problem : compiled.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE(compiled.policy != nullptr);
  return std::move(compiled.policy);
}

std::string describe(const policy::RuleSet& rules) {
  std::string text;
  for (const auto& rule : rules.rules) {
    text += rule.full_id() + " action " + std::to_string(static_cast<int>(rule.action)) + " mode " +
            std::to_string(static_cast<int>(rule.mode)) + " priority " + std::to_string(rule.priority);
    for (const auto* sources : {&rule.domains, &rule.except}) {
      text += sources == &rule.domains ? " domains" : " except";
      for (const auto& source : *sources)
        source.patterns.for_each([&](std::size_t, const policy::Pattern& pattern) { text += ' ' + to_text(pattern); });
      for (const auto& source : *sources)
        if (source.own) text += " own " + std::to_string(static_cast<int>(source.own->action));
    }
    for (const auto& lifted : rule.exempts) text += " lifts " + lifted;
    for (const auto& prefix : rule.addresses) text += " address " + prefix.text();
    text += '\n';
  }
  for (const auto& must : rules.must_resolve) text += "must resolve " + must.name.text() + " in " + must.pack + '\n';
  return text;
}

// With exemptions a cap may come earlier than the moment at which the rule really turns; never later.
void require_equal(const policy::Verdict& compiled, const policy::Verdict& walked, bool exact_cap) {
  REQUIRE(compiled.action == walked.action);
  REQUIRE(compiled.rule == walked.rule);
  REQUIRE(compiled.would_hit == walked.would_hit);
  if (exact_cap) {
    REQUIRE(compiled.ttl_cap == walked.ttl_cap);
  } else {
    REQUIRE(compiled.ttl_cap <= walked.ttl_cap);
  }
}

}  // namespace

TEST_CASE("the compiled policy says what a walk over all rules says", "[policy]") {
  const auto calendar = policy::Calendar::for_zone("UTC").value();
  std::size_t decided = 0, observed = 0, by_reply = 0, capped = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    test::Draw draw{[random = std::mt19937_64{seed}]() mutable { return random(); }};
    auto rules = test::draw_rules(draw);
    auto settings = test::draw_settings(draw);
    const auto policy = compile(rules, settings);
    INFO("seed " << seed << '\n' << describe(rules));
    const test::NaiveRules walk{rules, settings};
    const policy::Activity activity{*policy, calendar, test::Now, Tick{}};
    const auto patterns = policy->make_patterns();
    for (int i = 0; i < 30; ++i) {
      const auto type = draw.of<dns::Type>({dns::Type::A, dns::Type::AAAA, dns::Type::HTTPS});
      const auto client = draw.address();
      const auto reply = test::draw_reply(draw, type);
      INFO("question " << reply.chain[0] << " of " << client.text());
      const test::NaiveRules::Client asks{client.unmapped(), type, date::local_seconds{test::Now.time_since_epoch()}};
      const policy::Policy::Asking asking{policy->class_of(client), type};
      const auto question = test::name_of(reply.chain[0]);
      policy::Policy::ChainState chain;
      const auto verdict = policy->match(question, asking, activity, *patterns, Tick{}, chain);
      require_equal(verdict, walk.judge({{reply.chain[0]}, {}, {}}, asks), !walk.has_exempts());

      const auto message = test::wire_of(reply, type);
      const auto judged = policy->match_reply(message.wire(), question, asking, activity, *patterns, Tick{});
      require_equal(judged, walk.judge(reply, asks), !walk.has_exempts());
      REQUIRE(policy->may_match(message.wire(), question, type, *patterns) == walk.names_any(reply));
      decided += verdict.decided();
      by_reply += judged.decided() && !verdict.decided();
      observed += judged.would_hit != policy::NoRule;
      capped += judged.ttl_cap != UINT32_MAX;
    }
  }
  // The draw is worth something only if all of it happens often.
  CHECK(decided > 10000);
  CHECK(by_reply > 5000);
  CHECK(observed > 3000);
  CHECK(capped > 5000);
}
