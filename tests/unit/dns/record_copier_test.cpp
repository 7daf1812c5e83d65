#include "dns/record_copier.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;
using Octets = std::vector<std::uint8_t>;

namespace {

// The only record of `from`, written into a message of its own; empty if it was refused. The question is example.com.
Octets copied(const MessageBuilder& from, std::size_t room = 500) {
  static std::array<std::uint8_t, 1000> out;
  ByteWriter writer{std::span{out}.first(HeaderSize + 13 + room)};
  for (std::size_t i = 0; i < HeaderSize; ++i) writer.u8(0);
  const Name question = name_of("example.com");
  writer.bytes(question.wire());
  RecordCopier copier{from.wire(), writer};
  copier.remember_question(question.wire());
  RecordWalk walk{from.wire()};
  Record record;
  REQUIRE(walk.next(record));
  const std::size_t before = writer.size();
  if (!copier.copy(record, 77)) {
    CHECK(writer.size() == before);
    CHECK_FALSE(writer.failed());
    return {};
  }
  const auto written = writer.written().subspan(before);
  return {written.begin(), written.end()};
}

// As `copied`, the RDATA only; the owner of the record must be the question.
Octets copied_rdata(Type type, const Octets& rdata) {
  const auto all =
      copied(MessageBuilder{0x8180}
                 .question("example.com")
                 .record(Section::Answer, "example.com", type, 1, [&](auto& message) { message.bytes(rdata); }));
  if (all.empty()) return {};
  CHECK(static_cast<std::size_t>(all[10] << 8 | all[11]) == all.size() - 12);
  return {all.begin() + 12, all.end()};
}

Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const Octets Host{4, 'h', 'o', 's', 't'};
const Octets Compressed = Host + Octets{0xc0, 12};                                              // host.example.com
const Octets Plain = Host + Octets{7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0};  // the same

}  // namespace

TEST_CASE("a record is copied with another TTL", "[dns]") {
  const auto record = copied(MessageBuilder{0x8180}.question("example.com").address("www.example.com", 5, 1));
  CHECK(record == Octets{3, 'w', 'w', 'w', 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 77, 0, 4, 192, 0, 2, 1});
}

TEST_CASE("an owner that is the question points to it, whatever its case", "[dns]") {
  const auto record = copied(MessageBuilder{0x8180}.question("example.com").address("Example.COM", 5, 1));
  CHECK(record.size() == 16);
  CHECK(record[0] == 0xc0);
  CHECK(record[1] == 12);
}

TEST_CASE("other owners keep their case", "[dns]") {
  const auto record = copied(MessageBuilder{0x8180}.question("example.com").address("WWW.example.com", 5, 1));
  CHECK(record[1] == 'W');
  CHECK(record[4] == 0xc0);
}

TEST_CASE("names in the RDATA of RFC 1035 types are compressed anew", "[dns]") {
  for (const Type type : {Type::NS, Type::CNAME, Type::PTR, Type::MB, Type::MG, Type::MR}) {
    CHECK(copied_rdata(type, Plain) == Compressed);
    CHECK(copied_rdata(type, Compressed) == Compressed);
  }
  const Octets preference{0, 10};
  CHECK(copied_rdata(Type::MX, preference + Plain) == preference + Compressed);
  const Octets numbers(20, 9);
  CHECK(copied_rdata(Type::SOA, Plain + Plain + numbers).size() == 7 + 2 + 20);
  CHECK(copied_rdata(Type::MINFO, Plain + Plain).size() == 7 + 2);
}

TEST_CASE("names in the RDATA of later types are written out", "[dns]") {
  const Octets six(6, 1), two(2, 1);
  CHECK(copied_rdata(Type::SRV, six + Compressed) == six + Plain);
  CHECK(copied_rdata(Type::DNAME, Compressed) == Plain);
  CHECK(copied_rdata(Type::RP, Compressed + Compressed) == Plain + Plain);
  CHECK(copied_rdata(Type::AFSDB, two + Compressed) == two + Plain);
  CHECK(copied_rdata(Type::KX, two + Compressed) == two + Plain);
  CHECK(copied_rdata(Type{26}, two + Compressed + Compressed) == two + Plain + Plain);
  const Octets naptr{0, 1, 0, 2, 1, 's', 3, 's', 'i', 'p', 0};
  CHECK(copied_rdata(Type::NAPTR, naptr + Compressed) == naptr + Plain);
  const Octets rest{1, 2, 3};
  CHECK(copied_rdata(Type::NXT, Compressed + rest) == Plain + rest);
  const Octets signature(18, 1);
  CHECK(copied_rdata(Type::SIG, signature + Compressed + rest) == signature + Plain + rest);
}

TEST_CASE("other RDATA is opaque", "[dns]") {
  CHECK(copied_rdata(Type{65280}, Compressed) == Compressed);
  CHECK(copied_rdata(Type::TXT, Compressed) == Compressed);
  CHECK(copied_rdata(Type::HTTPS, Plain) == Plain);
  CHECK(copied_rdata(Type{65280}, {}).empty());
}

TEST_CASE("names in RDATA keep their case", "[dns]") {
  CHECK(copied_rdata(Type::CNAME, {4, 'H', 'o', 'S', 't', 0xc0, 12}) == Octets{4, 'H', 'o', 'S', 't', 0xc0, 12});
  CHECK(copied_rdata(Type::CNAME, {3, 'C', 'O', 'M', 0}) == Octets{3, 'C', 'O', 'M', 0});
}

TEST_CASE("RDATA that ends inside a name is refused", "[dns]") {
  CHECK(copied_rdata(Type::CNAME, {4, 'h', 'o'}).empty());
  CHECK(copied_rdata(Type::CNAME, {0xc0}).empty());
  CHECK(copied_rdata(Type::MX, {0}).empty());
  CHECK(copied_rdata(Type::SOA, Plain).empty());
  CHECK(copied_rdata(Type::NAPTR, {0, 1, 0, 2, 9, 's'}).empty());
}

TEST_CASE("a record that does not fit leaves the writer as it was", "[dns]") {
  const auto from = MessageBuilder{0x8180}.question("example.com").address("www.example.com", 5, 1);
  CHECK(copied(from, 20).size() == 20);
  for (std::size_t room = 0; room < 20; ++room) CHECK(copied(from, room).empty());
}

TEST_CASE("a copier says whether room was lacking", "[dns]") {
  std::array<std::uint8_t, 30> out{};
  ByteWriter writer{out};
  const auto from = MessageBuilder{0x8180}
                        .question("x")
                        .record(Section::Answer, "x", Type::CNAME, 1, {5})
                        .alias("x", 1, "a-rather-long-target.example");
  RecordCopier copier{from.wire(), writer};
  RecordWalk walk{from.wire()};
  Record record;
  REQUIRE(walk.next(record));
  CHECK_FALSE(copier.copy(record, 1));
  CHECK_FALSE(copier.is_full());
  REQUIRE(walk.next(record));
  CHECK_FALSE(copier.copy(record, 1));
  CHECK(copier.is_full());
}
