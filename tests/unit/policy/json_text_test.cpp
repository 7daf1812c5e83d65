#include "policy/json_text.h"

#include <catch2/catch.hpp>

using namespace aven::policy;

namespace {

Problems problems_of(std::string_view text, Comments comments = Comments::No) {
  Json json;
  Problems problems;
  const bool fine = parse_json("f.json", text, comments, json, problems);
  REQUIRE(fine == problems.empty());
  return problems;
}

}  // namespace

TEST_CASE("every duplicate key is named with its place", "[policy]") {
  const auto problems = problems_of(R"({"a": 1, "b/c": [{}, {"x": 1, "x": 2}], "a": 3})");
  REQUIRE(problems.size() == 2);
  REQUIRE(problems[0].pointer == "/b~1c/1/x");
  REQUIRE(problems[1].pointer == "/a");
}

TEST_CASE("the same key in two objects is no duplicate", "[policy]") {
  REQUIRE(problems_of(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]})").empty());
}

TEST_CASE("comments are taken only where they are allowed", "[policy]") {
  REQUIRE(problems_of("{} // why", Comments::Yes).empty());
  REQUIRE(problems_of("{} // why").size() == 1);
}

TEST_CASE("broken text is named with line and column", "[policy]") {
  const auto problems = problems_of("{\n  \"a\": 1,\n  \"b\" 2\n}");
  REQUIRE(problems.size() == 1);
  REQUIRE(problems[0].pointer == "line 3, column 7");
}

TEST_CASE("text behind the end, nothing at all and broken UTF-8 are errors", "[policy]") {
  REQUIRE(problems_of("{} {}").size() == 1);
  REQUIRE(problems_of("").size() == 1);
  REQUIRE(problems_of("{\"a\": \"\xff\"}").size() == 1);
  REQUIRE(problems_of("{\"a\": \"\xc3\"}").size() == 1);
  REQUIRE(problems_of("\xef\xbb\xbf{}").empty());
}

TEST_CASE("strings of arrays go past the tree with their place", "[policy]") {
  Json json;
  Problems problems;
  std::vector<std::string> taken;
  REQUIRE(parse_json("f", R"({"r": [{"d": ["a", 1, "b"]}, {"d": ["c"]}], "e": ["k"]})", Comments::No, json, problems,
                     [&](const std::string& array, std::size_t index, const std::string& value) {
                       if (!array.ends_with("/d")) return false;
                       taken.push_back(array + '/' + std::to_string(index) + '=' + value);
                       return true;
                     }));
  REQUIRE(taken == std::vector<std::string>{"/r/0/d/0=a", "/r/0/d/2=b", "/r/1/d/0=c"});
  REQUIRE(json.dump() == R"({"r":[{"d":[1]},{"d":[]}],"e":["k"]})");
}

TEST_CASE("the nearest key is named only if it is near", "[policy]") {
  const std::vector<std::string_view> known{"domains", "mode", "names"};
  REQUIRE(nearest_key("domain", known) == "domains");
  REQUIRE(nearest_key("mdoe", known).empty());
  REQUIRE(nearest_key("modes", known) == "mode");
  REQUIRE(nearest_key("zebra", known).empty());
}
