#include "policy/rule.h"

#include <catch2/catch.hpp>

using namespace aven::policy;

namespace {

Pattern good(std::string_view text) {
  const auto pattern = parse_pattern(text);
  INFO(text);
  REQUIRE(pattern);
  return *pattern;
}

}  // namespace

TEST_CASE("each form of a pattern is told by its marks", "[policy]") {
  REQUIRE(good("a.b").form == PatternForm::Suffix);
  REQUIRE(good("=a.b").form == PatternForm::Exact);
  REQUIRE(good("*.a.b").form == PatternForm::Below);
  REQUIRE(good("x-*.a.b").form == PatternForm::Glob);
  REQUIRE(good("=x-*.a.b").form == PatternForm::ExactGlob);
  REQUIRE(good("/^ads?[0-9]+\\./").form == PatternForm::Regex);
  REQUIRE(good("X-*Y.A.b").label == "x-*y");
  REQUIRE(good("X-*Y.A.b").name.text() == "a.b");
}

TEST_CASE("a pattern written out is the pattern that was read", "[policy]") {
  for (const auto* text : {"a.b", "=a.b", "*.a.b", "x-*.a.b", "=x-*.a.b", "/x{2}/"})
    REQUIRE(to_text(good(text)) == text);
}

TEST_CASE("a final dot and capitals change nothing", "[policy]") {
  REQUIRE(to_text(good("Chat.Example.")) == "chat.example");
}

TEST_CASE("accents become A-labels", "[policy]") {
  REQUIRE(to_text(good("b\xc3\xbc"
                       "cher.example")) == "xn--bcher-kva.example");
  REQUIRE(to_text(good("=x.stra\xc3\x9f"
                       "e.example")) == "=x.xn--strae-oqa.example");
  REQUIRE(to_text(good("x-*.caf\xc3\xa9.example")) == "x-*.xn--caf-dma.example");
}

TEST_CASE("what is no pattern is refused with a sentence", "[policy]") {
  for (const std::string text :
       {"",     ".",     "=",     "*",      "*.", "=*.a.b", "a..b", ".a", "a b", "http://a.b",       "a.b/c",
        "a:53", "*.*.a", "a.*.b", "**.a.b", "a*", "/",      "//",   "/a", "/(/", "caf\xc3\xa9*.a.b", "a\nb.c"}) {
    INFO(text);
    const auto pattern = parse_pattern(text);
    REQUIRE_FALSE(pattern);
    REQUIRE_FALSE(pattern.error().empty());
  }
  REQUIRE_FALSE(parse_pattern(std::string(64, 'a') + ".b"));
  REQUIRE(parse_pattern(std::string(63, 'a') + ".b"));
}

TEST_CASE("text behind a zero octet is not lost in silence", "[policy]") {
  REQUIRE_FALSE(parse_pattern(std::string_view{"caf\xc3\xa9.example\0.evil", 19}));
}

TEST_CASE("a list of patterns gives back what was added, in order", "[policy]") {
  const std::vector<std::string> texts{"a.b", "/^x/", "=a.b", "x-*.c", "*.a.b", "=*y.d.e", "com"};
  PatternList list;
  REQUIRE(list.empty());
  for (const auto& text : texts) list.add(good(text));
  REQUIRE(list.size() == texts.size());
  std::vector<std::string> read;
  list.for_each([&](std::size_t index, const Pattern& pattern) {
    REQUIRE(index == read.size());
    read.push_back(to_text(pattern));
  });
  REQUIRE(read == texts);
}

TEST_CASE("the longest expression survives the list, a longer one is refused", "[policy]") {
  const std::string longest = '/' + std::string(10000, 'a') + '/';
  PatternList list;
  list.add(good(longest));
  list.add(good("a.b"));
  list.for_each(
      [&](std::size_t i, const Pattern& pattern) { REQUIRE(to_text(pattern) == (i == 0 ? longest : "a.b")); });
  REQUIRE_FALSE(parse_pattern('/' + std::string(10001, 'a') + '/'));
}

TEST_CASE("a text in a missing language is the other one", "[policy]") {
  const LocalText both{"en", "fr"}, english{"en", ""};
  REQUIRE(both.in("fr") == "fr");
  REQUIRE(both.in("de") == "en");
  REQUIRE(english.in("fr") == "en");
}
