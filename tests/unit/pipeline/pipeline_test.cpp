#include "pipeline/pipeline.h"

#include <catch2/catch.hpp>

#include "support/client_answer.h"
#include "support/message_builder.h"
#include "support/pipeline_rig.h"

using namespace aven;
using stats::Counter;
using Lines = std::vector<std::string>;
using Codes = std::vector<int>;

namespace {

std::string pack(const std::string& rules) {
  return R"({"format": 1, "pack": "p", "rules": [)" + rules + "]}";
}

const std::string Block = R"({"id": "b", "action": "sinkhole", "domains": ["chatgpt.com"],
                              "answer": {"ipv4": ["0.0.0.0"]}})";

// A record at the question's name (a pointer to octet 12): A, TTL 300, 192.0.2.1.
constexpr std::array<std::uint8_t, 16> Address{0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};

const Lines AliasToChatgpt{"cdn.example. 300 IN CNAME chatgpt.com.", "chatgpt.com. 300 IN A 192.0.2.1"};

// What AliasToChatgpt says, for the question cdn.example: its CNAME's target stands at octet 41.
test::Bytes alias_to_chatgpt() {
  test::Bytes records{0xc0, 0x0c, 0, 5, 0, 1, 0, 0, 1, 44, 0, 13};
  for (const char c : std::string{"\7chatgpt\3com\0", 13}) records.push_back(static_cast<std::uint8_t>(c));
  records.insert(records.end(), Address.begin(), Address.end());
  records[26] = 41;
  return records;
}

void ask(test::PipelineRig& rig, const std::string& name, bool recursion = true) {
  rig.ask(test::to_wire(test::ClientQuery{.name = name, .recursion_desired = recursion}));
}

void require_identity(test::PipelineRig& rig) {
  REQUIRE(rig.count(Counter::received) ==
          rig.count(Counter::answered) + rig.count(Counter::dropped) + rig.pipeline().in_flight());
}

}  // namespace

TEST_CASE("a question goes the whole way: upstream once, then the cache, aged", "[pipeline]") {
  test::PipelineRig rig{{pack(Block)}};
  ask(rig, "www.example");
  REQUIRE(rig.answer().empty());
  REQUIRE(rig.pipeline().in_flight() == 1);
  require_identity(rig);
  rig.reply(1, Address);
  REQUIRE(test::read_answer(rig.answer()).answer == Lines{"www.example. 300 IN A 192.0.2.1"});
  REQUIRE(rig.pipeline().in_flight() == 0);

  rig.now += std::chrono::seconds{40};
  ask(rig, "www.example");
  REQUIRE(rig.asked_upstream().empty());
  REQUIRE(test::read_answer(rig.answer()).answer == Lines{"www.example. 260 IN A 192.0.2.1"});
  REQUIRE(rig.count(Counter::forwarded) == 1);
  REQUIRE(rig.count(Counter::cached) == 1);
  require_identity(rig);
}

TEST_CASE("a blocked name is answered at once and never asked upstream", "[pipeline]") {
  test::PipelineRig rig{{pack(Block)}};
  ask(rig, "www.chatgpt.com");
  REQUIRE(rig.asked_upstream().empty());
  const auto answer = test::read_answer(rig.answer());
  REQUIRE(answer.answer == Lines{"www.chatgpt.com. 30 IN A 0.0.0.0"});
  REQUIRE(answer.ede == Codes{15, 4});
  REQUIRE(rig.count(Counter::blocked) == 1);
  require_identity(rig);
}

TEST_CASE("who may not ask is refused before anything else is looked at", "[pipeline]") {
  test::PipelineRig rig{{pack(Block)}};
  rig.ask(test::to_wire(test::ClientQuery{.name = "chatgpt.com"}), "203.0.113.9");
  REQUIRE(test::read_answer(rig.answer()).rcode == "REFUSED");
  REQUIRE(test::read_answer(rig.answer()).ede == Codes{18});
  REQUIRE(rig.count(Counter::blocked) == 0);
  require_identity(rig);
}

TEST_CASE("without RD a blocked name is told, the cache is not", "[pipeline]") {
  test::PipelineRig rig{{pack(Block)}};
  ask(rig, "www.example");
  rig.reply(1, Address);
  ask(rig, "www.example", false);
  REQUIRE(test::read_answer(rig.answer()).rcode == "REFUSED");
  REQUIRE(test::read_answer(rig.answer()).ede == Codes{20});
  ask(rig, "chatgpt.com", false);
  REQUIRE(test::read_answer(rig.answer()).answer.size() == 1);
}

TEST_CASE("an alias to a blocked name is blocked, fresh, cached, and after the rules changed", "[pipeline]") {
  test::PipelineRig rig{{pack("")}};
  ask(rig, "cdn.example");
  rig.reply(2, alias_to_chatgpt());
  REQUIRE(test::read_answer(rig.answer()).answer == AliasToChatgpt);

  rig.change_rules({pack(Block)});
  ask(rig, "cdn.example");
  REQUIRE(rig.asked_upstream().empty());
  REQUIRE(test::read_answer(rig.answer()).answer == Lines{"cdn.example. 30 IN A 0.0.0.0"});
  REQUIRE(rig.count(Counter::blocked_by_reply) == 1);

  rig.change_rules({pack("")});
  ask(rig, "cdn.example");
  REQUIRE(test::read_answer(rig.answer()).answer == AliasToChatgpt);
}

TEST_CASE("when the numbers of routes mean other pools, nothing kept or in flight by the old ones is given",
          "[pipeline]") {
  test::PipelineRig rig{{pack("")}};
  ask(rig, "www.example");
  rig.reply(1, Address);
  ask(rig, "other.example");
  REQUIRE(rig.pipeline().in_flight() == 1);

  rig.renumber_routes({pack("")});
  REQUIRE(rig.pipeline().in_flight() == 0);
  REQUIRE(test::read_answer(rig.answer()).rcode == "SERVFAIL");
  REQUIRE(test::read_answer(rig.answer()).ede == Codes{14});
  for (const auto* name : {"www.example", "other.example"}) {
    ask(rig, name);
    REQUIRE_FALSE(rig.asked_upstream().empty());
    rig.reply(1, Address);
    REQUIRE(test::read_answer(rig.answer()).answer.size() == 1);
  }
  require_identity(rig);
}

TEST_CASE("rules that change while a query waits judge its reply", "[pipeline]") {
  test::PipelineRig rig{{pack("")}};
  ask(rig, "cdn.example");
  rig.change_rules({pack(Block)});
  rig.reply(2, alias_to_chatgpt());
  REQUIRE(test::read_answer(rig.answer()).answer == Lines{"cdn.example. 30 IN A 0.0.0.0"});
}

TEST_CASE("junk is ignored or answered by the protocol, and counted", "[pipeline]") {
  test::PipelineRig rig{{}};
  const test::Bytes short_one{1, 2, 3};
  rig.ask(short_one);
  REQUIRE(rig.answer().empty());
  REQUIRE(rig.count(Counter::ignored) == 1);
  REQUIRE(rig.count(Counter::received) == 0);
  const test::Bytes no_question{0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  rig.ask(no_question);
  REQUIRE(test::read_answer(rig.answer()).rcode == "FORMERR");
  REQUIRE(rig.count(Counter::malformed) == 1);
  require_identity(rig);
}

TEST_CASE("a repeat joins its own query, another client joins the ask", "[pipeline]") {
  test::PipelineRig rig{{}};
  const auto query = test::to_wire(test::ClientQuery{.name = "www.example"});
  rig.ask(query, "10.0.0.1");
  rig.ask(query, "10.0.0.1");
  REQUIRE(rig.count(Counter::repeated) == 1);
  rig.ask(query, "10.0.0.2");
  REQUIRE(rig.count(Counter::joined) == 1);
  REQUIRE(rig.count(Counter::upstream_asked) == 1);
  REQUIRE(rig.pipeline().in_flight() == 2);
  require_identity(rig);
}

TEST_CASE("drop by rule sends nothing and closes the connection", "[pipeline]") {
  test::PipelineRig rig{{pack(R"({"id": "d", "action": "drop", "domains": ["chatgpt.com"]})")}};
  rig.ask(test::to_wire(test::ClientQuery{.name = "chatgpt.com"}), "10.0.0.1", pipeline::ClientTransport::Tcp);
  REQUIRE(rig.answer().empty());
  REQUIRE(rig.dropped_connections() == 1);
  REQUIRE(rig.count(Counter::dropped_by_rule) == 1);
  REQUIRE(rig.count(Counter::dropped) == 1);
  require_identity(rig);
}

TEST_CASE("an answer whose client is gone is counted as dropped", "[pipeline]") {
  test::PipelineRig rig{{}};
  ask(rig, "www.example");
  rig.client_gone = true;
  rig.reply(1, Address);
  REQUIRE(rig.count(Counter::dropped_gone) == 1);
  REQUIRE(rig.count(Counter::answered) == 0);
  require_identity(rig);
}

TEST_CASE("at the end each waiting query has its answer", "[pipeline]") {
  test::PipelineRig rig{{}};
  ask(rig, "www.example");
  rig.pipeline().answer_the_rest(rig.now);
  REQUIRE(test::read_answer(rig.answer()).rcode == "SERVFAIL");
  REQUIRE(test::read_answer(rig.answer()).ede == Codes{14});
  REQUIRE(rig.pipeline().in_flight() == 0);
  require_identity(rig);
}
