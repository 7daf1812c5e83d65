#include "policy/name_index.h"

#include <catch2/catch.hpp>

#include "support/message_builder.h"

using namespace aven;
using policy::Binding;
using policy::NameIndex;
using policy::PatternForm;

namespace {

void add(NameIndex& index, const std::string& pattern, policy::RuleIndex rule,
         Binding::Kind kind = Binding::Kind::Names) {
  index.add(policy::parse_pattern(pattern).value(), {.kind = kind, .rule = rule});
}

// The rules whose patterns cover the name, in the order of the look-up.
std::vector<policy::RuleIndex> rules_at(const NameIndex& index, const std::string& name) {
  NameIndex::Found found;
  index.look_up(test::name_of(name), found);
  std::vector<policy::RuleIndex> rules;
  index.visit(test::name_of(name), found, [&](const Binding& binding, std::size_t) { rules.push_back(binding.rule); });
  return rules;
}

using Rules = std::vector<policy::RuleIndex>;

}  // namespace

TEST_CASE("each form covers what it says", "[policy]") {
  NameIndex index;
  add(index, "a.example", 0);
  add(index, "=b.example", 1);
  add(index, "*.c.example", 2);
  add(index, "x-*.d.example", 3);
  add(index, "=y-*.d.example", 4);
  index.finish();
  CHECK(rules_at(index, "a.example") == Rules{0});
  CHECK(rules_at(index, "x.y.a.example") == Rules{0});
  CHECK(rules_at(index, "b.example") == Rules{1});
  CHECK(rules_at(index, "x.b.example").empty());
  CHECK(rules_at(index, "c.example").empty());
  CHECK(rules_at(index, "x.y.c.example") == Rules{2});
  CHECK(rules_at(index, "x-1.d.example") == Rules{3});
  CHECK(rules_at(index, "w.x-1.d.example") == Rules{3});
  CHECK(rules_at(index, "y-.d.example") == Rules{4});
  CHECK(rules_at(index, "w.y-1.d.example").empty());
  CHECK(rules_at(index, "d.example").empty());
  CHECK(index.name_count() == 4);
}

TEST_CASE("a label pattern may hold several stars, each for zero or more octets", "[policy]") {
  const auto matches = [](std::string_view pattern, std::string_view label) {
    return policy::label_matches(pattern, {reinterpret_cast<const std::uint8_t*>(label.data()), label.size()});
  };
  CHECK(matches("*gpt*", "gpt"));
  CHECK(matches("*gpt*", "mygpt4"));
  CHECK(matches("a*b*c", "aXbYbZc"));
  CHECK(matches("a**", "a"));
  CHECK_FALSE(matches("a*b", "aXbX"));
  CHECK_FALSE(matches("a*b", "a"));
  CHECK_FALSE(matches("a", "ab"));
}

TEST_CASE("a name in several rules is stored once and names each of them once", "[policy]") {
  NameIndex index;
  for (const policy::RuleIndex rule : {0U, 1U, 2U, 1U}) add(index, "a.example", rule);
  index.finish();
  auto rules = rules_at(index, "a.example");
  std::sort(rules.begin(), rules.end());
  CHECK(rules == Rules{0, 1, 2});
  CHECK(index.name_count() == 1);
}

TEST_CASE("twenty thousand label patterns under one name are kept in little memory", "[policy]") {
  NameIndex index;
  for (int i = 0; i < 20000; ++i)
    add(index, "h" + std::to_string(i) + "-*.a.example", static_cast<policy::RuleIndex>(i));
  index.finish();
  CHECK(rules_at(index, "h777-x.a.example") == Rules{777});
  CHECK(index.memory_bytes() < 20000 * 200);
}

TEST_CASE("a look-up tells whether some rule excepts a suffix", "[policy]") {
  NameIndex index;
  add(index, "a.example", 0);
  add(index, "b.example", 1);
  add(index, "b.example", 1, Binding::Kind::Excepts);
  add(index, "b.example", 2);
  index.finish();
  NameIndex::Found found;
  index.look_up(test::name_of("x.a.example"), found);
  CHECK_FALSE(index.may_except(found));
  index.look_up(test::name_of("x.b.example"), found);
  CHECK(index.may_except(found));
}

TEST_CASE("an address finds every prefix that holds it", "[policy]") {
  NameIndex index;
  const auto add_prefix = [&](const std::string& text, policy::RuleIndex rule) {
    index.add_address(Prefix::parse(text).value(), rule, rule);
  };
  add_prefix("192.0.2.0/24", 0);
  add_prefix("192.0.0.0/16", 1);
  add_prefix("192.0.2.7", 2);
  add_prefix("192.0.2.0/24", 3);
  add_prefix("2001:db8::/32", 4);
  index.finish();
  const auto at = [&](const std::string& text) {
    Rules rules;
    index.visit_address(IpAddress::parse(text).value(), [&](const auto& binding) { rules.push_back(binding.rule); });
    std::sort(rules.begin(), rules.end());
    return rules;
  };
  CHECK(at("192.0.2.7") == Rules{0, 1, 2, 3});
  CHECK(at("192.0.2.8") == Rules{0, 1, 3});
  CHECK(at("192.0.3.1") == Rules{1});
  CHECK(at("2001:db8::1") == Rules{4});
  CHECK(at("::ffff:192.0.3.1") == Rules{1});
  CHECK(at("10.0.0.1").empty());
}

TEST_CASE("ranks order as the table of DESIGN.md: priority, form, allow, the smaller rule", "[policy]") {
  using policy::make_rank;
  const std::vector<policy::Rank> descending{
      make_rank(1, PatternForm::Regex, 0, false, 9),    make_rank(0, PatternForm::Exact, 2, true, 9),
      make_rank(0, PatternForm::Exact, 5, false, 1),    make_rank(0, PatternForm::Exact, 2, false, 2),
      make_rank(0, PatternForm::ExactGlob, 9, true, 0), make_rank(0, PatternForm::Below, 127, false, 9),
      make_rank(0, PatternForm::Below, 3, false, 9),    make_rank(0, PatternForm::Suffix, 3, true, 9),
      make_rank(0, PatternForm::Glob, 2, true, 9),  // its label counts
      make_rank(0, PatternForm::Below, 2, false, 9),    make_rank(0, PatternForm::Suffix, 1, true, 0),
      make_rank(0, PatternForm::Regex, 0, true, 0),     policy::make_address_rank(0, 128, true, 0),
      policy::make_address_rank(0, 0, true, 0),         make_rank(-10, PatternForm::Exact, 2, true, 0),
  };
  CHECK(std::is_sorted(descending.begin(), descending.end(), std::greater{}));
  CHECK(policy::priority_of(descending.back()) == -10);
  CHECK(policy::allow_of(descending[1]));
}
