#include "dns/name.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;

namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

const std::string Label63(63, 'a');
// 3 * 64 + 62 + 1 = 255 octets.
const std::string Longest = repeated(Label63 + '.', 3) + std::string(61, 'b');

}  // namespace

TEST_CASE("a name from text is lower-case and the final dot does not matter", "[dns]") {
  CHECK(name_of("WWW.Example.COM") == name_of("www.example.com."));
  CHECK(name_of("www.example.com").text() == "www.example.com");
  CHECK(name_of("www.example.com").label_count() == 3);
}

TEST_CASE("the root is a dot, an empty text is no name", "[dns]") {
  CHECK(name_of(".").is_root());
  CHECK(name_of(".") == Name{});
  CHECK(Name{}.text() == ".");
  CHECK(Name{}.wire().size() == 1);
  CHECK_FALSE(Name::from_text(""));
}

TEST_CASE("empty labels make no name", "[dns]") {
  for (const char* text : {"..", ".a", "a..b", "a.."}) {
    INFO(text);
    CHECK_FALSE(Name::from_text(text));
  }
}

TEST_CASE("escapes stand for any octet", "[dns]") {
  const std::vector<std::uint8_t> wire{6, 'a', 0, '.', 0xff, '\\', 'z', 0};
  const auto name = Name::from_text("a\\000\\.\\255\\\\\\z");
  REQUIRE(name);
  CHECK(std::vector<std::uint8_t>(name->wire().begin(), name->wire().end()) == wire);
  CHECK(name->text() == "a\\000\\.\\255\\\\z");
}

TEST_CASE("an escape folds case as any letter does", "[dns]") {
  CHECK(name_of("\\065\\B") == name_of("ab"));
}

TEST_CASE("broken escapes make no name", "[dns]") {
  for (const char* text : {"a\\", "a\\1", "a\\12", "a\\12x", "a\\256", "a\\999"}) {
    INFO(text);
    CHECK_FALSE(Name::from_text(text));
  }
}

TEST_CASE("raw octets outside visible ASCII make no name", "[dns]") {
  for (const char* text : {"a b", "a\tb", "caf\xc3\xa9.example", "a\x7f", "a\x01"}) {
    INFO(text);
    CHECK_FALSE(Name::from_text(text));
  }
}

TEST_CASE("every octet survives text and back", "[dns]") {
  for (int octet = 0; octet < 256; ++octet) {
    const std::vector<std::uint8_t> wire{1, static_cast<std::uint8_t>(octet), 0};
    const auto name = Name::from_wire(wire);
    REQUIRE(name);
    INFO(name->text());
    CHECK(Name::from_text(name->text()) == name);
  }
}

TEST_CASE("a label has at most 63 octets, a name at most 255", "[dns]") {
  CHECK(Name::from_text(Label63));
  CHECK_FALSE(Name::from_text(Label63 + 'a'));
  REQUIRE(Name::from_text(Longest));
  CHECK(Name::from_text(Longest)->wire().size() == 255);
  CHECK(Name::from_text(Longest + '.'));
  CHECK_FALSE(Name::from_text(Longest + 'b'));
  CHECK_FALSE(Name::from_text(Longest + ".b"));
}

TEST_CASE("a name has at most 127 labels", "[dns]") {
  const std::string most = repeated("x.", 127);
  REQUIRE(Name::from_text(most));
  CHECK(Name::from_text(most)->label_count() == 127);
  CHECK_FALSE(Name::from_text(most + "x"));
}

TEST_CASE("only ASCII letters fold", "[dns]") {
  CHECK(lower('A') == 'a');
  CHECK(lower('Z') == 'z');
  for (const char c : {'@', '[', '`', '{', 'a', '0'}) CHECK(lower(static_cast<std::uint8_t>(c)) == c);
  CHECK(lower(0xc0) == 0xc0);
  CHECK(lower(0xde) == 0xde);
}

TEST_CASE("each octet folds alike, wherever in a name it stands", "[dns]") {
  for (unsigned octet = 0; octet < 256; ++octet) {
    for (std::size_t size = 1; size <= 17; ++size) {
      std::vector<std::uint8_t> wire(size + 2, static_cast<std::uint8_t>(octet));
      wire.front() = static_cast<std::uint8_t>(size);
      wire.back() = 0;
      const auto name = Name::from_wire(wire).value();
      const auto folded = std::vector<std::uint8_t>(size, dns::lower(static_cast<std::uint8_t>(octet)));
      REQUIRE(std::equal(folded.begin(), folded.end(), name.wire().begin() + 1));
    }
  }
}

TEST_CASE("from_wire() takes exactly one uncompressed name", "[dns]") {
  const auto from = [](std::vector<std::uint8_t> wire) { return Name::from_wire(wire); };
  CHECK(from({3, 'W', 'w', 'W', 0}) == name_of("www"));
  CHECK(from({0}) == Name{});
  CHECK_FALSE(from({}));
  CHECK_FALSE(from({3, 'w', 'w', 'w'}));
  CHECK_FALSE(from({3, 'w', 'w', 'w', 0, 0}));
  CHECK_FALSE(from({0x40, 0}));
  CHECK_FALSE(from({0xc0, 0}));
  CHECK_FALSE(from({11, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 0xc0, 0}));
}

TEST_CASE("from_wire() takes no pointer, even one that could be followed", "[dns]") {
  std::vector<std::uint8_t> wire{11, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 1, 'b', 0xc0, 12};
  CHECK_FALSE(Name::from_wire(wire));
}

TEST_CASE("read() folds case and leaves the reader behind the name", "[dns]") {
  MessageBuilder message;
  message.name("WwW.example").u8(7);
  ByteReader reader{message.wire(), HeaderSize};
  Name name;
  REQUIRE(name.read(reader));
  CHECK(name == name_of("www.example"));
  CHECK(reader.u8() == 7);
}

TEST_CASE("a name that cannot be read leaves the object as it was", "[dns]") {
  MessageBuilder message;
  message.u8(3).u8('a');
  ByteReader reader{message.wire(), HeaderSize};
  Name name = name_of("kept.example");
  CHECK_FALSE(name.read(reader));
  CHECK(name == name_of("kept.example"));
}

TEST_CASE("without_first() takes labels off the left", "[dns]") {
  const Name name = name_of("a.bc.def");
  CHECK(name.without_first() == name_of("bc.def"));
  CHECK(name.without_first(0) == name);
  CHECK(name.without_first(2) == name_of("def"));
  CHECK(name.without_first(3).is_root());
  CHECK(name.without_first(300).is_root());
  CHECK(name.without_first().label_count() == 2);
}

TEST_CASE("a name is below its ancestors by whole labels only", "[dns]") {
  const Name name = name_of("www.example.com");
  CHECK(name.is_at_or_below(name));
  CHECK(name.is_at_or_below(name_of("example.com")));
  CHECK(name.is_at_or_below(Name{}));
  CHECK_FALSE(name.is_at_or_below(name_of("ample.com")));
  CHECK_FALSE(name.is_at_or_below(name_of("a.www.example.com")));
  CHECK_FALSE(name_of("badexample.com").is_at_or_below(name_of("example.com")));
  CHECK_FALSE(Name{}.is_at_or_below(name));
}

TEST_CASE("label octets do not look like label boundaries", "[dns]") {
  CHECK_FALSE(name_of("x\\003com").is_at_or_below(name_of("com")));
  CHECK_FALSE(name_of("a\\.example.com").is_at_or_below(name_of("example.com")));
}

TEST_CASE("substitute() moves what is below a DNAME", "[dns]") {
  const auto old_suffix = name_of("old.example");
  const auto new_suffix = name_of("new.test");
  CHECK(Name::substitute(name_of("a.b.old.example"), old_suffix, new_suffix) == name_of("a.b.new.test"));
  CHECK(Name::substitute(name_of("a.b.old.example"), old_suffix, new_suffix)->label_count() == 4);
  CHECK(Name::substitute(name_of("a.old.example"), old_suffix, Name{}) == name_of("a"));
  CHECK(Name::substitute(name_of("a"), Name{}, new_suffix) == name_of("a.new.test"));
  CHECK_FALSE(Name::substitute(old_suffix, old_suffix, new_suffix));
  CHECK_FALSE(Name::substitute(name_of("a.other.example"), old_suffix, new_suffix));
}

TEST_CASE("substitute() makes no name of more than 255 octets", "[dns]") {
  const Name longest = name_of(Longest);
  CHECK(Name::substitute(name_of("a.b"), name_of("b"), longest.without_first()));
  CHECK_FALSE(Name::substitute(name_of("a.b"), name_of("b"), longest));
}

TEST_CASE("names are ordered totally and equal names are equal", "[dns]") {
  const Name a = name_of("a"), b = name_of("b"), ab = name_of("a.b");
  CHECK(a < b);
  CHECK(a < ab);
  CHECK((a <=> name_of("A")) == std::strong_ordering::equal);
  CHECK(a != b);
}

TEST_CASE("a copy is as good as the original, onto itself too", "[dns]") {
  Name name = name_of("www.example.com");
  const Name copy{name};
  CHECK(copy == name);
  const Name& same = name;
  name = same;
  CHECK(name == copy);
}
