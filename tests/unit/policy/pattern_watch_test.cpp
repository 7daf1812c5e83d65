#include "policy/pattern_watch.h"

#include <catch2/catch.hpp>
#include <set>

namespace aven::policy {
namespace {

Rule rule_of(std::initializer_list<const char*> patterns) {
  Rule rule;
  rule.domains.emplace_back();
  for (const char* text : patterns) rule.domains.back().patterns.add(parse_pattern(text).value());
  return rule;
}

std::set<std::string> found(const PatternWatch& watch, const char* name) {
  std::set<std::string> texts;
  watch.find(dns::Name::from_text(name).value(), [&](std::size_t index) { texts.insert(watch.patterns()[index]); });
  return texts;
}

using Texts = std::set<std::string>;

TEST_CASE("a watch finds every pattern that names a name", "[policy]") {
  const PatternWatch watch{rule_of({"a.example", "=a.example", "*.a.example", "=b.a.example", "chat-*.a.example",
                                    "=api*.a.example", "/^b[.]/", "other.example"})};
  CHECK(watch.patterns().size() == 8);
  CHECK(found(watch, "a.example") == Texts{"a.example", "=a.example"});
  CHECK(found(watch, "b.a.example") == Texts{"a.example", "*.a.example", "=b.a.example", "/^b[.]/"});
  CHECK(found(watch, "chat-1.a.example") == Texts{"a.example", "*.a.example", "chat-*.a.example"});
  CHECK(found(watch, "www.chat-1.a.example") == Texts{"a.example", "*.a.example", "chat-*.a.example"});
  CHECK(found(watch, "api.a.example") == Texts{"a.example", "*.a.example", "=api*.a.example"});
  CHECK(found(watch, "www.api.a.example") == Texts{"a.example", "*.a.example"});
  CHECK(found(watch, "example").empty());
  CHECK(found(watch, "ba.example").empty());
}

TEST_CASE("patterns of all sources of a rule are watched", "[policy]") {
  Rule rule = rule_of({"a.example"});
  rule.domains.emplace_back();
  rule.domains.back().patterns.add(parse_pattern("b.example").value());
  const PatternWatch watch{rule};
  CHECK(watch.patterns() == std::vector<std::string>{"a.example", "b.example"});
  CHECK(found(watch, "www.b.example") == Texts{"b.example"});
}

TEST_CASE("a star takes zero or more octets", "[policy]") {
  CHECK(fits_glob("", "*"));
  CHECK(fits_glob("abc", "*"));
  CHECK(fits_glob("abc", "a*"));
  CHECK(fits_glob("abc", "*c"));
  CHECK(fits_glob("abc", "a*c"));
  CHECK(fits_glob("ac", "a*c"));
  CHECK(fits_glob("abcbc", "a*bc"));
  CHECK(fits_glob("axbxc", "a*b*c"));
  CHECK_FALSE(fits_glob("abcd", "a*c"));
  CHECK_FALSE(fits_glob("bac", "a*c"));
  CHECK_FALSE(fits_glob("a", "a*c"));
  CHECK_FALSE(fits_glob("", "a*"));
}

}  // namespace
}  // namespace aven::policy
