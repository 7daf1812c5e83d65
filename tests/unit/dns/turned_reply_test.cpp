#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "dns/reply.h"
#include "dns/text.h"
#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* Question = "_ldap._tcp.ville.example";

void service(MessageBuilder& message, const char* target, unsigned port) {
  message.record(Section::Answer, Question, Type::SRV, 60, [&](auto& m) { m.u16(0).u16(100).u16(port).name(target); });
}

// "section owner type" and, for addresses and services, what stands in them.
Lines lines_of(std::span<const std::uint8_t> wire) {
  Lines out;
  RecordWalk walk{wire};
  for (Record record; walk.next(record);) {
    std::string line = record.owner.text() + ' ' + to_text(record.type);
    ByteReader reader{wire, record.rdata_position};
    if (record.type == Type::A) line += ' ' + std::to_string(reader.bytes(4)[3]);
    if (record.type == Type::SRV) {
      reader.skip(6);
      Name target;
      CHECK(target.read(reader));
      line += ' ' + target.text();
    }
    out.push_back(line);
  }
  CHECK_FALSE(walk.failed());
  return out;
}

// The reply made clean, then turned.
Lines turned(const MessageBuilder& message, Type type, const char* question, std::uint32_t turn) {
  CleanLimits limits;
  limits.keep = Keep::All;
  static std::array<std::uint8_t, 4096> clean, out;
  CleanReply reply;
  REQUIRE(clean_reply(message.wire(), {name_of(question), type}, limits, clean, reply) == CleanError::None);
  const auto wire = with_turned_records(reply.wire, name_of(question), turn, out);
  REQUIRE_FALSE(wire.empty());
  CHECK(std::equal(wire.begin(), wire.begin() + 12, reply.wire.begin()));
  return lines_of(wire);
}

}  // namespace

TEST_CASE("services turn, whatever the length of their names, and their addresses stay", "[turned_reply]") {
  MessageBuilder message{0x8180};
  message.question(Question, Type::SRV);
  service(message, "dc1.ville.example", 389);
  service(message, "a-longer-name.ville.example", 389);
  service(message, "b.example", 389);
  message.record(Section::Additional, "dc1.ville.example", Type::A, 60, {10, 1, 1, 1});
  message.record(Section::Additional, "b.example", Type::A, 60, {10, 1, 1, 2});
  const std::string owner = std::string{Question} + " SRV ";
  const Lines rest{"dc1.ville.example A 1", "b.example A 2"};
  const std::array<const char*, 3> targets{"dc1.ville.example", "a-longer-name.ville.example", "b.example"};
  for (std::uint32_t turn = 0; turn < 7; ++turn) {
    Lines expected;
    for (std::uint32_t i = 0; i < 3; ++i) expected.push_back(owner + targets[(i + turn) % 3]);
    expected.insert(expected.end(), rest.begin(), rest.end());
    CHECK(turned(message, Type::SRV, Question, turn) == expected);
  }
}

TEST_CASE("an alias stays before the addresses that turn behind it", "[turned_reply]") {
  const auto message = MessageBuilder{0x8180}
                           .question("www.example.com")
                           .alias("www.example.com", 60, "a.example")
                           .address("a.example", 60, 1)
                           .address("a.example", 60, 2);
  CHECK(turned(message, Type::A, "www.example.com", 0) ==
        Lines{"www.example.com CNAME", "a.example A 1", "a.example A 2"});
  CHECK(turned(message, Type::A, "www.example.com", 1) ==
        Lines{"www.example.com CNAME", "a.example A 2", "a.example A 1"});
}

TEST_CASE("what is no set of addresses or services stays as it is", "[turned_reply]") {
  auto message = MessageBuilder{0x8180}.question("www.example.com", Type::TXT);
  message.record(Section::Answer, "www.example.com", Type::TXT, 60, {1, 'x'});
  message.record(Section::Answer, "www.example.com", Type::TXT, 60, {1, 'y'});
  CHECK(turned(message, Type::TXT, "www.example.com", 0) == turned(message, Type::TXT, "www.example.com", 1));
}

TEST_CASE("without room, or for what is no clean reply, there is nothing", "[turned_reply]") {
  const auto message = MessageBuilder{0x8180}.question("www.example.com").address("www.example.com", 60, 1);
  std::array<std::uint8_t, 40> small{};
  CHECK(with_turned_records(message.wire(), name_of("www.example.com"), 1, small).empty());
  std::array<std::uint8_t, 512> out{};
  for (std::size_t size = 0; size < message.wire().size(); ++size) {
    CHECK(with_turned_records(message.wire().first(size), name_of("www.example.com"), 1, out).empty());
  }
}
