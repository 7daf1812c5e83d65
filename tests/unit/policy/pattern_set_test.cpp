#include "policy/pattern_set.h"

#include <catch2/catch.hpp>

#include "support/message_builder.h"

using namespace aven;

namespace {

std::vector<policy::RuleIndex> found(const policy::PatternSet& patterns, const dns::Name& name) {
  std::vector<policy::RuleIndex> rules;
  patterns.find(name, [&](const policy::Binding& binding) { rules.push_back(binding.rule); });
  std::sort(rules.begin(), rules.end());
  return rules;
}

policy::NameIndex index_of(const std::vector<std::string>& expressions) {
  policy::NameIndex index;
  for (std::size_t i = 0; i < expressions.size(); ++i) {
    index.add(policy::parse_pattern(expressions[i]).value(),
              {.rule = static_cast<policy::RuleIndex>(i), .rank = policy::Rank{i} + 1});
  }
  index.finish();
  return index;
}

using Rules = std::vector<policy::RuleIndex>;

}  // namespace

TEST_CASE("patterns see the whole name in lower case, anywhere unless they are tied down", "[policy]") {
  const policy::PatternSet patterns{index_of({"/gpt/", R"(/^gpt\.example$/)", R"(/\.example$/)"})};
  CHECK(found(patterns, test::name_of("GPT.Example")) == Rules{0, 1, 2});
  CHECK(found(patterns, test::name_of("x.gpt.example")) == Rules{0, 2});
  CHECK(found(patterns, test::name_of("other.test")).empty());
  CHECK(patterns.best_rank() == 3);
}

TEST_CASE("octets that are no visible ASCII stand as three digits", "[policy]") {
  const policy::PatternSet patterns{index_of({R"(/^a\\255b$/)"})};
  CHECK(found(patterns, test::name_of("a\\255b")) == Rules{0});
}

TEST_CASE("a pattern that has more states than the set has memory for still matches", "[policy]") {
  // 2^20 states: the automaton cannot hold them all.
  const policy::PatternSet patterns{index_of({"/a.{18}b.{0,40}$/", "/[ab].{19}[ab]/", "/z/"})};
  std::string text;
  std::uint32_t bits = 1;
  for (int round = 0; round < 2000; ++round) {
    text.clear();
    for (int i = 0; i < 240; ++i) {
      bits = bits * 1664525U + 1013904223U;
      text += i % 60 == 59 ? '.' : (bits >> 31 != 0 ? 'a' : 'b');
    }
    text += "ab";
    const RE2 first{"a.{18}b.{0,40}$", RE2::Latin1};
    const bool expected = RE2::PartialMatch(text, first);
    const auto rules = found(patterns, test::name_of(text));
    REQUIRE((std::find(rules.begin(), rules.end(), 0U) != rules.end()) == expected);
  }
}

TEST_CASE("without patterns nothing is tried", "[policy]") {
  const policy::PatternSet patterns{policy::NameIndex{}};
  CHECK(patterns.empty());
  CHECK(patterns.best_rank() == 0);
  CHECK(found(patterns, test::name_of("a.example")).empty());
}
