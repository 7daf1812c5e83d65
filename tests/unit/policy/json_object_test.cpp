#include "policy/json_object.h"

#include <array>
#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::policy;

namespace {

constexpr std::array<std::string_view, 4> Keys{"flag", "number", "text", "nets"};

struct Read {
  explicit Read(const char* json)
      : value(Json::parse(json)), object(value, "/here", Keys, ProblemSink{problems, file}) {}
  Problems problems;
  std::string file = "f.json";
  Json value;
  JsonObject object;
};

}  // namespace

TEST_CASE("values of the right type are read", "[policy]") {
  Read read{R"({"flag": true, "number": 7, "text": "x", "nets": ["10.0.0.0/8", "::1"]})"};
  bool flag = false;
  int number = 0;
  std::string text;
  std::vector<Prefix> nets;
  read.object.boolean("flag", flag);
  read.object.number("number", number, 1, 10);
  read.object.string("text", text);
  read.object.prefixes("nets", nets);
  REQUIRE(read.problems.empty());
  REQUIRE((flag && number == 7 && text == "x" && nets.size() == 2));
}

TEST_CASE("values of the wrong type are named and leave what was there", "[policy]") {
  Read read{R"({"flag": 1, "number": -7, "text": [], "nets": ["10.0.0.1/8", 3]})"};
  bool flag = true;
  int number = 3;
  std::string text = "old";
  std::vector<Prefix> nets;
  read.object.boolean("flag", flag);
  read.object.number("number", number, 1, 10);
  read.object.string("text", text);
  read.object.prefixes("nets", nets);
  REQUIRE((flag && number == 3 && text == "old" && nets.empty()));
  std::vector<std::string> places;
  for (const auto& problem : read.problems) places.push_back(problem.pointer);
  REQUIRE(places ==
          std::vector<std::string>{"/here/flag", "/here/number", "/here/text", "/here/nets/0", "/here/nets/1"});
}

TEST_CASE("an unknown key names the nearest, or all if none is near", "[policy]") {
  Read read{R"({"flags": 1, "zzzzzzzz/~": 2})"};
  REQUIRE(read.problems.size() == 2);
  REQUIRE(read.problems[0].text == R"(unknown key "flags"; did you mean "flag"?)");
  REQUIRE(read.problems[1].pointer == "/here/zzzzzzzz~1~0");
  REQUIRE(read.problems[1].text.find("known are") != std::string::npos);
}

TEST_CASE("what is no object is one problem and reads as empty", "[policy]") {
  Read read{"[1]"};
  REQUIRE(read.problems.size() == 1);
  REQUIRE(read.object.find("flag") == nullptr);
}

TEST_CASE("a long value is cut between characters, never inside one", "[policy]") {
  const std::string quoted = in_quotes(std::string(99, 'a') + "\xc3\xa9" + std::string(50, 'b'));
  REQUIRE(quoted == '"' + std::string(99, 'a') + "...\"");
  REQUIRE_NOTHROW(Json(quoted).dump());
}
