#include "dns/name_octets.h"

#include <catch2/catch.hpp>
#include <string>

#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;

namespace {

bool reads(const MessageBuilder& message, std::size_t position) {
  ByteReader reader{message.wire(), position};
  return NameOctets{}.read(reader);
}

}  // namespace

TEST_CASE("a pointer leads to a name before it and case is kept", "[dns]") {
  MessageBuilder message;
  message.name("Example.COM").u8(3).u8('W').u8('w').u8('w').pointer(HeaderSize).u8(9);
  ByteReader reader{message.wire(), HeaderSize + 13};
  NameOctets name;
  REQUIRE(name.read(reader));
  CHECK(std::string(name.wire().begin(), name.wire().end()) == std::string("\3Www\7Example\3COM\0", 17));
  CHECK(name.label_count() == 3);
  CHECK(reader.u8() == 9);
}

TEST_CASE("pointers may lead to pointers, each further back", "[dns]") {
  MessageBuilder message;
  message.name("a");
  message.pointer(12).pointer(15).pointer(17);
  ByteReader reader{message.wire(), 19};
  NameOctets name;
  REQUIRE(name.read(reader));
  CHECK(name.wire().size() == 3);
  CHECK(reader.remaining() == 0);
}

TEST_CASE("a pointer to itself, forward, or into its own run of labels is refused", "[dns]") {
  CHECK_FALSE(reads(MessageBuilder{}.pointer(12), 12));
  CHECK_FALSE(reads(MessageBuilder{}.pointer(14).name("a"), 12));
  CHECK_FALSE(reads(MessageBuilder{}.u8(1).u8('a').pointer(12), 12));
}

TEST_CASE("two pointers cannot make a loop", "[dns]") {
  MessageBuilder message;
  message.pointer(14).pointer(12);
  CHECK_FALSE(reads(message, 12));
  CHECK_FALSE(reads(message, 14));
}

TEST_CASE("a pointer into the header is refused", "[dns]") {
  CHECK_FALSE(reads(MessageBuilder{0}.name("a").pointer(4), 15));
}

TEST_CASE("a pointer past the end, or cut in half, is refused", "[dns]") {
  CHECK_FALSE(reads(MessageBuilder{}.u16(0xffff), 12));
  CHECK_FALSE(reads(MessageBuilder{}.u8(0xc0), 12));
  CHECK_FALSE(reads(MessageBuilder{}, 12));
}

TEST_CASE("more pointers than a name can have labels are refused", "[dns]") {
  MessageBuilder message;
  message.name("a");
  for (std::size_t i = 0; i < 128; ++i) message.pointer(i == 0 ? 12 : 15 + 2 * (i - 1));
  CHECK(reads(message, 15 + 2 * 126));
  CHECK_FALSE(reads(message, 15 + 2 * 127));
}

TEST_CASE("unknown label types are refused", "[dns]") {
  for (const unsigned type : {0x40U, 0x41U, 0x80U, 0xbfU}) {
    CHECK_FALSE(reads(MessageBuilder{}.u8(type).u8(0), 12));
    const MessageBuilder message = MessageBuilder{}.u8(type).u8(0);
    ByteReader reader{message.wire(), 12};
    CHECK_FALSE(skip_name(reader));
  }
}

TEST_CASE("a name put together by pointers may have 255 octets and no more", "[dns]") {
  const std::string label(63, 'a');
  MessageBuilder message;
  message.name(label + '.' + label + '.' + label);  // 193 octets with the root
  const std::size_t fits = message.size();
  message.u8(61);
  for (int i = 0; i < 61; ++i) message.u8('b');
  message.pointer(HeaderSize);
  const std::size_t too_long = message.size();
  message.u8(62);
  for (int i = 0; i < 62; ++i) message.u8('b');
  message.pointer(HeaderSize);
  CHECK(reads(message, fits));
  CHECK_FALSE(reads(message, too_long));
}

TEST_CASE("skip_name() ends behind the pointer that ends a name", "[dns]") {
  const MessageBuilder message = MessageBuilder{}.u8(1).u8('a').pointer(0x3fff).u8(7);
  ByteReader reader{message.wire(), 12};
  CHECK(skip_name(reader));
  CHECK(reader.u8() == 7);
}

TEST_CASE("skip_name() stays inside the message", "[dns]") {
  for (const auto& message : {MessageBuilder{}.u8(5).u8('a'), MessageBuilder{}.u8(0xc0), MessageBuilder{}}) {
    ByteReader reader{message.wire(), 12};
    CHECK_FALSE(skip_name(reader));
  }
}
