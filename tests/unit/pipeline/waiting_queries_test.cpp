#include "pipeline/waiting_queries.h"

#include <catch2/catch.hpp>
#include <vector>

#include "dns/query.h"

using namespace aven;
using namespace aven::pipeline;

namespace {

// A query for `label`.example A, and the bytes its context points to.
struct Asked {
  std::vector<std::uint8_t> question;
  QueryContext context;

  Asked(std::uint16_t id, const std::string& label, std::uint16_t port = 4000) {
    question.push_back(static_cast<std::uint8_t>(label.size()));
    question.insert(question.end(), label.begin(), label.end());
    for (const char c : std::string{"\7Example\0\0\1\0\1", 13}) question.push_back(static_cast<std::uint8_t>(c));
    context.query.id = id;
    context.query.question = question;
    context.client.peer = {*IpAddress::parse("10.0.0.1"), port};
  }
};

}  // namespace

TEST_CASE("a kept query comes back as it was", "[pipeline]") {
  WaitingQueries waiting{10, 1};
  Asked asked{7, "WwW"};
  asked.context.query.flags = dns::flag::RD;
  asked.context.query.edns.present = true;
  const auto slot = waiting.add(asked.context);
  REQUIRE(slot);
  QueryContext restored;
  waiting.find(*slot)->restore(dns::Ask{}, restored);
  REQUIRE(restored.query.id == 7);
  REQUIRE(restored.query.name.text() == "www.example");
  REQUIRE(restored.query.type == dns::Type::A);
  REQUIRE(restored.query.edns.present);
  REQUIRE(std::equal(restored.query.question.begin(), restored.query.question.end(), asked.question.begin(),
                     asked.question.end()));
}

TEST_CASE("a slot that is used again does not know its old generation", "[pipeline]") {
  WaitingQueries waiting{1, 1};
  const auto first = waiting.add(Asked{1, "a"}.context);
  REQUIRE(first);
  REQUIRE_FALSE(waiting.add(Asked{2, "b"}.context));
  waiting.release(*first);
  REQUIRE(waiting.find(*first) == nullptr);
  const auto second = waiting.add(Asked{2, "b"}.context);
  REQUIRE(second);
  REQUIRE(second->index == first->index);
  REQUIRE(waiting.find(*first) == nullptr);
  REQUIRE(waiting.find(*second)->id == 2);
}

TEST_CASE("a repeat is the same peer, ID and question, octet for octet", "[pipeline]") {
  WaitingQueries waiting{10, 1};
  const auto slot = waiting.add(Asked{1, "a"}.context);
  REQUIRE(waiting.holds_repeat_of(Asked{1, "a"}.context));
  REQUIRE_FALSE(waiting.holds_repeat_of(Asked{2, "a"}.context));
  REQUIRE_FALSE(waiting.holds_repeat_of(Asked{1, "A"}.context));
  REQUIRE_FALSE(waiting.holds_repeat_of(Asked{1, "a", 4001}.context));
  waiting.release(*slot);
  REQUIRE_FALSE(waiting.holds_repeat_of(Asked{1, "a"}.context));
}

TEST_CASE("many queries come and go and all are found", "[pipeline]") {
  WaitingQueries waiting{1000, 1};
  std::vector<WaitingQueries::Slot> slots;
  for (std::uint16_t i = 0; i < 1000; ++i) slots.push_back(*waiting.add(Asked{i, "n" + std::to_string(i)}.context));
  REQUIRE(waiting.size() == 1000);
  for (std::uint16_t i = 0; i < 1000; i += 2) waiting.release(slots[i]);
  for (std::uint16_t i = 0; i < 1000; ++i) {
    REQUIRE(waiting.holds_repeat_of(Asked{i, "n" + std::to_string(i)}.context) == (i % 2 == 1));
  }
}
