#include "policy/json_text.h"

#include <catch2/catch.hpp>

using namespace aven::policy;

namespace {

Problems problems_of(std::string_view text, Comments comments = Comments::No) {
  Json json;
  Problems problems;
  const std::string file = "f.json";
  const bool fine = parse_json({problems, file}, text, comments, json);
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

TEST_CASE("strings of arrays go past the tree with their place, other elements are only seen", "[policy]") {
  Json json;
  Problems problems;
  const std::string file = "f";
  std::vector<std::string> seen;
  REQUIRE(parse_json({problems, file}, R"({"r": [{"d": ["a", 1, "b"]}, {"d": ["c"]}], "e": ["k"]})", Comments::No, json,
                     [&](const std::string& array, std::size_t index, const std::string* text) {
                       if (!array.ends_with("/d")) return false;
                       seen.push_back(array + '/' + std::to_string(index) + '=' + (text == nullptr ? "?" : *text));
                       return true;
                     }));
  REQUIRE(seen == std::vector<std::string>{"/r/0/d/0=a", "/r/0/d/1=?", "/r/0/d/2=b", "/r/1/d/0=c"});
  REQUIRE(json.dump() == R"({"r":[{"d":[1]},{"d":[]}],"e":["k"]})");
}

TEST_CASE("a number without fraction is whole however it is written", "[policy]") {
  Json json;
  Problems problems;
  const std::string file = "f";
  REQUIRE(parse_json({problems, file}, "[1.0, -2.0, 3e2, -0.0, 1.5, 1e300]", Comments::No, json));
  REQUIRE((json[0].is_number_unsigned() && json[0] == 1));
  REQUIRE((json[1].is_number_integer() && json[1] == -2));
  REQUIRE((json[2].is_number_unsigned() && json[2] == 300));
  REQUIRE((json[3].is_number_unsigned() && json[3] == 0));
  REQUIRE(json[4].is_number_float());
  REQUIRE(json[5].is_number_float());
}

TEST_CASE("the nearest key is named only if it is near", "[policy]") {
  const std::vector<std::string_view> known{"domains", "mode", "names"};
  REQUIRE(nearest_key("domain", known) == "domains");
  REQUIRE(nearest_key("mdoe", known).empty());
  REQUIRE(nearest_key("modes", known) == "mode");
  REQUIRE(nearest_key("zebra", known).empty());
}
