#include "dns/query.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;

namespace {

Query parsed(const MessageBuilder& message) {
  Query query;
  CHECK(parse_query(message.wire(), query) == QueryError::None);
  return query;
}

QueryError error_of(const MessageBuilder& message) {
  Query query;
  return parse_query(message.wire(), query);
}

MessageBuilder www() {
  return MessageBuilder{}.question("www.example.com");
}

std::vector<std::uint8_t> option(unsigned code, std::size_t size) {
  std::vector<std::uint8_t> out{0, static_cast<std::uint8_t>(code), 0, static_cast<std::uint8_t>(size)};
  out.resize(4 + size);
  return out;
}

}  // namespace

TEST_CASE("a plain query is understood", "[dns]") {
  const MessageBuilder message = MessageBuilder{0x0130, 0xbeef}.question("www.example.com", Type::HTTPS);
  const Query query = parsed(message);
  CHECK(query.id == 0xbeef);
  CHECK(query.flags == 0x0130);
  CHECK(query.recursion_desired());
  CHECK(query.checking_disabled());
  CHECK(query.wants_ad());
  CHECK(query.opcode() == Opcode::Query);
  CHECK(query.name == name_of("www.example.com"));
  CHECK(query.type == Type::HTTPS);
  CHECK(query.class_ == Class::IN);
  CHECK_FALSE(query.edns.present);
  CHECK(query.edns.udp_size == 512);
}

TEST_CASE("the question keeps its case, the name does not", "[dns]") {
  const MessageBuilder message = MessageBuilder{}.question("wWw.eXaMpLe.CoM");
  const Query query = parsed(message);
  CHECK(query.name == name_of("www.example.com"));
  CHECK(std::string(query.question.begin() + 1, query.question.begin() + 4) == "wWw");
  CHECK(query.question.data() == message.wire().data() + HeaderSize);
  CHECK(query.question.size() == 17 + 4);
}

TEST_CASE("types and classes are taken as they come", "[dns]") {
  const MessageBuilder message = MessageBuilder{}.question("x", Type{65280}, Class{4242});
  const Query query = parsed(message);
  CHECK(query.type == Type{65280});
  CHECK(query.class_ == Class{4242});
}

TEST_CASE("less than a header is ignored", "[dns]") {
  for (std::size_t size = 0; size < HeaderSize; ++size) {
    Query query;
    CHECK(parse_query(www().wire().first(size), query) == QueryError::Ignore);
  }
}

TEST_CASE("a response is ignored, malformed or not, whatever its opcode", "[dns]") {
  CHECK(error_of(MessageBuilder{0x8180}.question("x")) == QueryError::Ignore);
  CHECK(error_of(MessageBuilder{0x8180}) == QueryError::Ignore);
  CHECK(error_of(MessageBuilder{0xa800}.question("x")) == QueryError::Ignore);
}

TEST_CASE("opcodes other than QUERY are not implemented", "[dns]") {
  for (unsigned opcode = 1; opcode < 16; ++opcode) {
    MessageBuilder message{static_cast<std::uint16_t>(opcode << 11)};
    Query query;
    CHECK(parse_query(message.wire(), query) == QueryError::NotImp);
    CHECK(static_cast<unsigned>(query.opcode()) == opcode);
    CHECK(query.question.empty());
  }
}

TEST_CASE("not exactly one question is a format error", "[dns]") {
  CHECK(error_of(MessageBuilder{}) == QueryError::FormErr);
  CHECK(error_of(MessageBuilder{}.opt()) == QueryError::FormErr);
  CHECK(error_of(www().question("www.example.org")) == QueryError::FormErr);
}

TEST_CASE("a question with a compressed name is a format error", "[dns]") {
  CHECK(error_of(MessageBuilder{}.add_to_count(4).pointer(12).u16(1).u16(1)) == QueryError::FormErr);
  CHECK(error_of(MessageBuilder{}.add_to_count(4).pointer(0).u16(1).u16(1)) == QueryError::FormErr);
  CHECK(error_of(MessageBuilder{}.add_to_count(4).u8(1).u8('a').pointer(4).u16(1).u16(1)) == QueryError::FormErr);
}

TEST_CASE("a cut question is a format error without a question to echo", "[dns]") {
  for (std::size_t cut = 1; cut <= 21; ++cut) {
    Query query;
    CHECK(parse_query(www().cut(cut).wire(), query) == QueryError::FormErr);
    CHECK(query.question.empty());
    CHECK(query.id == 0x1234);
  }
}

TEST_CASE("trailing octets are tolerated", "[dns]") {
  CHECK(error_of(www().u32(0)) == QueryError::None);
  CHECK(error_of(www().opt().u32(0)) == QueryError::None);
}

TEST_CASE("reserved header bits are ignored", "[dns]") {
  CHECK(error_of(MessageBuilder{0x07ff}.question("x")) == QueryError::None);
}

TEST_CASE("EDNS is read", "[dns]") {
  const Query query = parsed(www().opt(4096, 0x8000));
  CHECK(query.edns.present);
  CHECK(query.edns.udp_size == 4096);
  CHECK(query.edns.dnssec_ok);
  CHECK(query.wants_ad());
  CHECK(query.edns.version == 0);
  CHECK_FALSE(query.edns.tcp_keepalive);
}

TEST_CASE("an EDNS size under 512 means 512", "[dns]") {
  CHECK(parsed(www().opt(0)).edns.udp_size == 512);
  CHECK(parsed(www().opt(511)).edns.udp_size == 512);
  CHECK(parsed(www().opt(513)).edns.udp_size == 513);
}

TEST_CASE("unknown EDNS flags and options are ignored", "[dns]") {
  CHECK_FALSE(parsed(www().opt(1232, 0x7fff)).edns.dnssec_ok);
  auto options = option(200, 5);
  const auto cookie = option(10, 8);
  options.insert(options.end(), cookie.begin(), cookie.end());
  CHECK(parsed(www().opt(1232, 0, options)).edns.present);
}

TEST_CASE("an empty keepalive option asks for the timeout, a filled one does not", "[dns]") {
  CHECK(parsed(www().opt(1232, 0, option(11, 0))).edns.tcp_keepalive);
  CHECK_FALSE(parsed(www().opt(1232, 0, option(11, 2))).edns.tcp_keepalive);
}

TEST_CASE("an option that ends behind its OPT is a format error", "[dns]") {
  auto options = option(10, 8);
  options.pop_back();
  CHECK(error_of(www().opt(1232, 0, options)) == QueryError::FormErr);
  CHECK(error_of(www().opt(1232, 0, std::vector<std::uint8_t>{0, 10, 0})) == QueryError::FormErr);
}

TEST_CASE("another EDNS version is told apart only in a valid packet", "[dns]") {
  Query query;
  const MessageBuilder message = www().opt(1232, 0x00010000);
  CHECK(parse_query(message.wire(), query) == QueryError::BadVersion);
  CHECK(query.edns.present);
  CHECK(query.edns.version == 1);
  CHECK_FALSE(query.question.empty());
  CHECK(error_of(www().opt(1232, 0x00010000).opt()) == QueryError::FormErr);
  CHECK(error_of(www().opt(1232, 0x00010000).add_to_count(10)) == QueryError::FormErr);
}

TEST_CASE("extended rcode bits in a query mean nothing", "[dns]") {
  CHECK(error_of(www().opt(1232, 0xff000000)) == QueryError::None);
}

TEST_CASE("two OPT records are a format error that still can be answered with EDNS", "[dns]") {
  Query query;
  const MessageBuilder message = www().opt().opt();
  CHECK(parse_query(message.wire(), query) == QueryError::FormErr);
  CHECK(query.edns.present);
  CHECK(query.name == name_of("www.example.com"));
}

TEST_CASE("OPT belongs to the root and into the additional section", "[dns]") {
  CHECK(error_of(www().record(Section::Additional, "x", Type::OPT, 0, {})) == QueryError::FormErr);
  CHECK(error_of(www().record(Section::Answer, ".", Type::OPT, 0, {})) == QueryError::FormErr);
  CHECK(error_of(www().record(Section::Authority, ".", Type::OPT, 0, {})) == QueryError::FormErr);
}

TEST_CASE("other records of a query are walked over", "[dns]") {
  const Query query = parsed(www()
                                 .record(Section::Answer, "www.example.com", Type::A, 5, {192, 0, 2, 1})
                                 .record(Section::Authority, "x", Type::NS, 5, {1, 2, 3})
                                 .record(Section::Additional, "key", Type::TSIG, 0, {1, 2, 3})
                                 .opt(1400));
  CHECK(query.edns.udp_size == 1400);
}

TEST_CASE("records that end too early are a format error with a question to echo", "[dns]") {
  for (std::size_t cut = 1; cut <= 11; ++cut) {
    Query query;
    const MessageBuilder message = www().opt().cut(cut);
    CHECK(parse_query(message.wire(), query) == QueryError::FormErr);
    CHECK_FALSE(query.question.empty());
  }
  CHECK(error_of(www().add_to_count(6)) == QueryError::FormErr);
}

TEST_CASE("the largest counts end with the octets", "[dns]") {
  auto message = www();
  for (const std::size_t count : {6U, 8U, 10U}) {
    for (int i = 0; i < 65535; ++i) message.add_to_count(count);
  }
  CHECK(error_of(message) == QueryError::FormErr);
}

TEST_CASE("a query object can be used again and keeps nothing", "[dns]") {
  Query query;
  const MessageBuilder first = www().opt(4096, 0x8000);
  REQUIRE(parse_query(first.wire(), query) == QueryError::None);
  const MessageBuilder second = MessageBuilder{}.question("x");
  REQUIRE(parse_query(second.wire(), query) == QueryError::None);
  CHECK_FALSE(query.edns.present);
  CHECK_FALSE(query.edns.dnssec_ok);
}
