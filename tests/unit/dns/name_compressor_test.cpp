#include "dns/name_compressor.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "dns/name_octets.h"
#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;

namespace {

struct Written {
  std::array<std::uint8_t, 20000> out;
  ByteWriter writer{out};
  NameCompressor names{writer};

  Written() {
    for (std::size_t i = 0; i < HeaderSize; ++i) writer.u8(0);
  }
  // The octets that `text` took.
  std::size_t write(std::string_view text) {
    const std::size_t before = writer.size();
    const MessageBuilder message = MessageBuilder{}.name(text);
    names.write(message.wire().subspan(HeaderSize));
    return writer.size() - before;
  }
  std::string read(std::size_t position) {
    ByteReader reader{writer.written(), position};
    NameOctets name;
    REQUIRE(name.read(reader));
    return std::string(name.wire().begin(), name.wire().end());
  }
};

}  // namespace

TEST_CASE("a name that stands already becomes a pointer", "[dns]") {
  Written message;
  CHECK(message.write("www.example.com") == 17);
  CHECK(message.write("www.example.com") == 2);
  CHECK(message.write("example.com") == 2);
  CHECK(message.write("mail.example.com") == 7);
  CHECK(message.write("x.mail.example.com") == 4);
  CHECK(message.read(33) == message.read(33));
  CHECK(message.read(29) == message.read(12));
}

TEST_CASE("the root is one octet, never a pointer", "[dns]") {
  Written message;
  CHECK(message.write(".") == 1);
  CHECK(message.write(".") == 1);
}

TEST_CASE("suffixes of another case are no suffixes", "[dns]") {
  Written message;
  message.write("www.example.com");
  CHECK(message.write("www.Example.com") == 4 + 8 + 2);
  CHECK(message.read(29) == std::string("\3www\7Example\3com\0", 17));
}

TEST_CASE("labels count, not octets", "[dns]") {
  Written message;
  message.write("ab.c");
  CHECK(message.write("a.bc") == 6);
}

TEST_CASE("a name whose own end repeats its start is written whole", "[dns]") {
  Written message;
  CHECK(message.write("a.a.a.a") == 9);
  CHECK(message.read(12) == std::string("\1a\1a\1a\1a\0", 9));
  CHECK(message.write("a.a") == 2);
}

TEST_CASE("a remembered name is a target at each of its labels", "[dns]") {
  Written message;
  message.writer.bytes(name_of("www.example.com").wire());
  message.names.remember(HeaderSize, name_of("www.example.com").wire());
  CHECK(message.write("example.com") == 2);
  CHECK(message.read(29) == std::string("\7example\3com\0", 13));
}

TEST_CASE("what was rewound is forgotten", "[dns]") {
  Written message;
  message.write("example.com");
  const std::size_t before = message.writer.size();
  message.write("www.example.com");
  message.names.forget_after(before);
  message.writer.rewind(before);
  CHECK(message.write("www.example.com") == 6);
  CHECK(message.read(before) == std::string("\3www\7example\3com\0", 17));
}

TEST_CASE("when the memory is full, names are written longer but right", "[dns]") {
  Written message;
  for (int i = 0; i < 100; ++i) {
    const std::string text = "host" + std::to_string(i) + ".zone" + std::to_string(i) + ".test";
    const std::size_t position = message.writer.size();
    message.write(text);
    const MessageBuilder plain = MessageBuilder{}.name(text);
    CHECK(message.read(position) == std::string(plain.wire().begin() + HeaderSize, plain.wire().end()));
  }
}

TEST_CASE("no pointer leads further than 14 bits reach", "[dns]") {
  Written message;
  while (message.writer.size() < 0x4000) message.writer.u8(0);
  CHECK(message.write("far.example") == 13);
  CHECK(message.write("far.example") == 13);
}

TEST_CASE("a full writer stays failed and nothing is remembered of it", "[dns]") {
  std::array<std::uint8_t, 16> out{};
  ByteWriter writer{out};
  for (std::size_t i = 0; i < HeaderSize; ++i) writer.u8(0);
  NameCompressor names{writer};
  names.write(name_of("example").wire());
  CHECK(writer.failed());
  names.forget_after(HeaderSize);
  writer.rewind(HeaderSize);
  names.write(name_of("a").wire());
  CHECK_FALSE(writer.failed());
}
