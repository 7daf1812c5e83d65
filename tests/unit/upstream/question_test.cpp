#include "upstream/question.h"

#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;

TEST_CASE("only letters of the name change their case, length octets never", "[question]") {
  dns::Ask ask{*dns::Name::from_text("a1-b\\065[{@." + std::string(63, 'x') + ".example")};
  QuestionBuffer plain, mixed;
  const auto before = write_question(plain, ask, 7, true, 0);
  const auto after = write_question(mixed, ask, 7, true, UINT64_MAX);
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool in_name = i >= 12 && i < 12 + ask.name.wire().size();
    const bool letter = in_name && before[i] >= 'a' && before[i] <= 'z';
    REQUIRE(after[i] == (letter ? before[i] - 32 : before[i]));
  }
}

TEST_CASE("a reply matches with the case that was sent only", "[question]") {
  const auto ask = test::ask_for("www.example");
  QuestionBuffer buffer;
  const auto question = write_question(buffer, ask, 7, false, 0b10);
  std::vector<std::uint8_t> reply{question.begin(), question.end()};
  CHECK(match_reply(reply, ask, 0b10) == Match::No);
  reply[2] |= 0x80;
  CHECK(match_reply(reply, ask, 0b10) == Match::Yes);
  CHECK(match_reply(reply, ask, 0b100) == Match::OtherCase);
  CHECK(match_reply(reply, ask, 0) == Match::No);
  CHECK(match_reply(reply, test::ask_for("wwv.example"), 0b10) == Match::No);
}
