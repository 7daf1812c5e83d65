#include "policy/problem.h"

#include <catch2/catch.hpp>

using namespace aven::policy;

TEST_CASE("a problem is one line with file, place, severity and text", "[policy]") {
  REQUIRE(to_text({"rules/a.json", "/rules/0/mode", "is wrong", Severity::Error}) ==
          "rules/a.json /rules/0/mode: error: is wrong");
  REQUIRE(to_text({"a.json", "", "is old", Severity::Warning}) == "a.json: warning: is old");
  REQUIRE(to_text({"a.json", "line 3", "by the way", Severity::Note}) == "a.json line 3: note: by the way");
}

TEST_CASE("control characters of a file never reach the log", "[policy]") {
  REQUIRE(to_text({"a\n.json", "/\x1b", "x\x7f\r", Severity::Error}) == "a\\x0a.json /\\x1b: error: x\\x7f\\x0d");
}

TEST_CASE("only errors refuse a set", "[policy]") {
  REQUIRE_FALSE(has_errors({}));
  REQUIRE_FALSE(has_errors({{"a", "", "b", Severity::Note}, {"a", "", "b", Severity::Warning}}));
  REQUIRE(has_errors({{"a", "", "b", Severity::Warning}, {"a", "", "b", Severity::Error}}));
}

TEST_CASE("of one array twenty problems are told, the others are counted", "[policy]") {
  Problems problems;
  const std::string file = "a.json";
  const ProblemSink sink{problems, file};
  for (int i = 0; i < 1000; ++i) sink.add("/rules/3/domains/" + std::to_string(i), "is wrong");
  const ProblemSink copy = sink;
  copy.add("/rules/3/domains/1000/name", "is wrong");
  sink.add("/rules/4/domains/0", "is wrong");
  sink.add("/title", "is wrong");
  REQUIRE(problems.size() == ProblemSink::MostOfOneArray + 3);
  REQUIRE(to_text(problems[ProblemSink::MostOfOneArray]) ==
          "a.json /rules/3/domains: error: has 981 more problems, which are not listed");
  REQUIRE(problems.back().pointer == "/title");
}
