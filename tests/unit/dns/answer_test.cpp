#include "dns/answer.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "dns/ldns_ptr.h"
#include "dns/reply.h"
#include "support/counting_allocator.h"
#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;
using Octets = std::vector<std::uint8_t>;

namespace {

// A query with the octets that it points to, and an answer to it.
struct Exchange {
  explicit Exchange(MessageBuilder asked) : message(std::move(asked)) { error = parse_query(message.wire(), query); }
  AnswerWriter writer(std::size_t limit = 4096) { return AnswerWriter{out, query, limit}; }

  MessageBuilder message;
  Query query;
  QueryError error;
  std::array<std::uint8_t, 4096> out{};
};

MessageBuilder www(Type type = Type::A) {
  return MessageBuilder{0x0110, 0xabcd}.question("wWw.Example.com", type);
}

// What EDNS options an answer has: code and content.
struct Options {
  bool present = false;
  std::uint8_t extended_rcode = 0, version = 0;
  bool dnssec_ok = false;
  std::uint16_t udp_size = 0;
  std::vector<std::pair<std::uint16_t, std::string>> all;
};

Options options_of(std::span<const std::uint8_t> answer) {
  Options options;
  RecordWalk walk{answer};
  for (Record record; walk.next(record);) {
    if (record.type != Type::OPT) continue;
    CHECK_FALSE(options.present);
    CHECK(record.section == Section::Additional);
    options.present = true;
    options.udp_size = static_cast<std::uint16_t>(record.class_);
    ByteReader ttl{answer, record.ttl_position};
    options.extended_rcode = ttl.u8();
    options.version = ttl.u8();
    options.dnssec_ok = ttl.u16() == 0x8000;
    ByteReader rdata{answer.subspan(record.rdata_position, record.rdata_size)};
    while (rdata.remaining() != 0) {
      const auto code = rdata.u16();
      const auto value = rdata.bytes(rdata.u16());
      options.all.emplace_back(code, std::string(value.begin(), value.end()));
    }
    CHECK_FALSE(rdata.failed());
  }
  CHECK_FALSE(walk.failed());
  return options;
}

std::string ede(int code, const std::string& text = "") {
  return std::string{'\0', static_cast<char>(code)} + text;
}

std::vector<Record> records_of(std::span<const std::uint8_t> answer) {
  std::vector<Record> records;
  RecordWalk walk{answer};
  for (Record record; walk.next(record);) records.push_back(record);
  CHECK_FALSE(walk.failed());
  return records;
}

void check_with_ldns(std::span<const std::uint8_t> answer) {
  ldns_pkt* raw = nullptr;
  const auto status = ldns_wire2pkt(&raw, answer.data(), answer.size());
  const PktPtr packet{raw};
  CHECK(status == LDNS_STATUS_OK);
}

// A clean reply of `count` addresses, with an additional record of 28 octets.
Octets clean_wire(std::size_t count, bool with_additional = false) {
  MessageBuilder reply{0x8180, 0};
  reply.question("www.example.com");
  for (std::size_t i = 0; i < count; ++i) {
    reply.add_to_count(6).pointer(12).u16(1).u16(1).u32(300).u16(4).u32(static_cast<std::uint32_t>(i));
  }
  if (with_additional) reply.record(Section::Additional, "additional.x", Type::A, 60, {192, 0, 2, 1});
  return {reply.wire().begin(), reply.wire().end()};
}

}  // namespace

TEST_CASE("an answer echoes ID, opcode, RD, CD and the question, octet for octet", "[dns]") {
  Exchange exchange{www()};
  auto writer = exchange.writer();
  writer.add_address(IpAddress::parse("0.0.0.0").value(), 30);
  const auto answer = writer.finish();
  const auto header = Header::read(answer).value();
  CHECK(header.id == 0xabcd);
  CHECK(header.flags == (flag::QR | flag::RD | flag::RA | flag::CD));
  CHECK(header.questions == 1);
  CHECK(header.answers == 1);
  CHECK(header.additionals == 0);
  CHECK(question_matches(answer, exchange.query.question));
  CHECK(records_of(answer)[0].owner == name_of("www.example.com"));
  CHECK(records_of(answer)[0].ttl == 30);
  check_with_ldns(answer);
}

TEST_CASE("reserved and foreign header bits are not echoed", "[dns]") {
  Exchange exchange{MessageBuilder{0x06ef}.question("x")};
  auto writer = exchange.writer();
  CHECK(Header::read(writer.finish())->flags == (flag::QR | flag::RA));
}

TEST_CASE("AA and AD are set as told, AD only for who wants it", "[dns]") {
  Exchange plain{www()};
  auto one = plain.writer();
  one.set_authoritative(true);
  one.set_authentic(true);
  const auto flags = Header::read(one.finish())->flags;
  CHECK((flags & flag::AA) != 0);
  CHECK((flags & flag::AD) == 0);
  Exchange wanting{MessageBuilder{0x0120}.question("x")};
  auto two = wanting.writer();
  two.set_authentic(true);
  CHECK((Header::read(two.finish())->flags & flag::AD) != 0);
  Exchange with_do{www().opt(1232, 0x8000)};
  auto three = with_do.writer();
  three.set_authentic(true);
  CHECK((Header::read(three.finish())->flags & flag::AD) != 0);
}

TEST_CASE("IPv6 addresses become AAAA records", "[dns]") {
  Exchange exchange{www(Type::AAAA)};
  auto writer = exchange.writer();
  writer.add_address(IpAddress::parse("2001:db8::1").value(), 30);
  const auto answer = writer.finish();
  CHECK(records_of(answer)[0].type == Type::AAAA);
  CHECK(records_of(answer)[0].rdata_size == 16);
  check_with_ldns(answer);
}

TEST_CASE("records go into their sections", "[dns]") {
  Exchange exchange{www()};
  auto writer = exchange.writer();
  const Octets alias{1, 'a', 0}, address{192, 0, 2, 1};
  writer.add_record(Section::Answer, name_of("www.example.com"), Type::CNAME, Class::IN, 5, alias);
  writer.add_record(Section::Answer, name_of("a"), Type::A, Class::IN, 6, address);
  writer.add_record(Section::Additional, name_of("b"), Type::A, Class::IN, 7, address);
  const auto answer = writer.finish();
  const auto records = records_of(answer);
  REQUIRE(records.size() == 3);
  CHECK(answer[records[0].owner_position] == 0xc0);
  CHECK(records[1].owner == name_of("a"));
  CHECK(records[2].section == Section::Additional);
  check_with_ldns(answer);
}

TEST_CASE("a synthesised SOA stands at the question or above", "[dns]") {
  for (const auto& [off, owner] : {std::pair{0, "www.example.com"}, {1, "example.com"}, {3, "."}, {9, "."}}) {
    Exchange exchange{www()};
    auto writer = exchange.writer();
    writer.set_rcode(Rcode::NxDomain);
    writer.add_soa(static_cast<std::size_t>(off), 30);
    const auto answer = writer.finish();
    const auto records = records_of(answer);
    REQUIRE(records.size() == 1);
    CHECK(records[0].section == Section::Authority);
    CHECK(records[0].owner == name_of(owner));
    CHECK(records[0].ttl == 30);
    CHECK(Header::read(answer)->rcode() == Rcode::NxDomain);
    ByteReader rdata{answer, records[0].rdata_position};
    Name primary, responsible;
    REQUIRE(primary.read(rdata));
    REQUIRE(responsible.read(rdata));
    rdata.skip(16);
    CHECK(primary == records[0].owner);
    CHECK(responsible == name_of("nobody.invalid"));
    CHECK(rdata.u32() == 30);
    check_with_ldns(answer);
  }
}

TEST_CASE("a SOA for the root is a SOA too", "[dns]") {
  Exchange exchange{MessageBuilder{}.question(".")};
  auto writer = exchange.writer();
  writer.add_soa(0, 30);
  const auto answer = writer.finish();
  CHECK(records_of(answer).at(0).owner.is_root());
  check_with_ldns(answer);
}

TEST_CASE("ANY gets a HINFO", "[dns]") {
  Exchange exchange{www(Type::ANY)};
  auto writer = exchange.writer();
  writer.add_any_hinfo(3600);
  const auto answer = writer.finish();
  const auto record = records_of(answer).at(0);
  CHECK(record.type == Type::HINFO);
  CHECK(std::string(answer.begin() + static_cast<std::ptrdiff_t>(record.rdata_position), answer.end()) ==
        std::string("\7RFC8482\0", 9));
  check_with_ldns(answer);
}

TEST_CASE("OPT comes back only if it came", "[dns]") {
  Exchange plain{www()};
  auto without = plain.writer();
  without.add_extended_error({Ede::Blocked, "x"});
  without.set_tcp_keepalive(100);
  CHECK_FALSE(options_of(without.finish()).present);
  Exchange edns{www().opt(4096, 0x8000)};
  auto with = edns.writer();
  const auto options = options_of(with.finish());
  CHECK(options.present);
  CHECK(options.udp_size == 1232);
  CHECK(options.dnssec_ok);
  CHECK(options.all.empty());
}

TEST_CASE("another EDNS version is answered BADVERS with version 0", "[dns]") {
  Exchange exchange{www().opt(1232, 0x00050000)};
  REQUIRE(exchange.error == QueryError::BadVersion);
  auto writer = exchange.writer();
  writer.set_rcode(Rcode::BadVers);
  const auto answer = writer.finish();
  CHECK(options_of(answer).extended_rcode == 1);
  CHECK(options_of(answer).version == 0);
  CHECK(Header::read(answer)->rcode() == Rcode::NoError);
  CHECK(Header::read(answer)->questions == 1);
}

TEST_CASE("a query without readable question is answered without", "[dns]") {
  Exchange exchange{MessageBuilder{0x2800, 7}.question("x")};
  REQUIRE(exchange.error == QueryError::NotImp);
  auto writer = exchange.writer();
  writer.set_rcode(Rcode::NotImp);
  const auto answer = writer.finish();
  CHECK(answer.size() == HeaderSize);
  CHECK(Header::read(answer)->opcode() == Opcode::Update);
  CHECK(Header::read(answer)->questions == 0);
  CHECK(Header::read(answer)->id == 7);
}

TEST_CASE("extended errors are told in order, at most two", "[dns]") {
  Exchange exchange{www().opt()};
  auto writer = exchange.writer();
  writer.add_extended_error({Ede::None, "nothing"});
  writer.add_extended_error({Ede::Blocked, "interdit"});
  writer.add_extended_error({Ede::ForgedAnswer, {}});
  writer.add_extended_error({Ede::Other, {}});
  const auto options = options_of(writer.finish());
  REQUIRE(options.all.size() == 2);
  CHECK(options.all[0] == std::pair<std::uint16_t, std::string>{15, ede(15, "interdit")});
  CHECK(options.all[1] == std::pair<std::uint16_t, std::string>{15, ede(4)});
}

TEST_CASE("the TCP idle timeout is told", "[dns]") {
  Exchange exchange{www().opt()};
  auto writer = exchange.writer();
  writer.set_tcp_keepalive(0x1234);
  const auto options = options_of(writer.finish());
  CHECK(options.all == decltype(options.all){{11, "\x12\x34"}});
}

TEST_CASE("what does not fit goes in order: second text, first text, second error, first error, all", "[dns]") {
  const std::string text(100, 't'), other(50, 'o');
  const auto answer_within = [&](std::size_t limit) {
    Exchange exchange{www().opt()};
    auto writer = exchange.writer(limit);
    for (int i = 0; i < 20; ++i) writer.add_address(IpAddress{}, 30);
    writer.add_extended_error({Ede::Blocked, text});
    writer.add_extended_error({Ede::ForgedAnswer, other});
    const auto answer = writer.finish();
    CHECK(answer.size() <= limit);
    check_with_ldns(answer);
    return Octets(answer.begin(), answer.end());
  };
  const auto errors_within = [&](std::size_t limit) { return options_of(answer_within(limit)).all; };
  using Errors = decltype(Options::all);
  const std::size_t body = 12 + 21 + 20 * 16 + 11;
  CHECK(errors_within(body + 12 + 150) == Errors{{15, ede(15, text)}, {15, ede(4, other)}});
  CHECK(errors_within(body + 12 + 149) == Errors{{15, ede(15, text)}, {15, ede(4)}});
  CHECK(errors_within(body + 12 + 99) == Errors{{15, ede(15)}, {15, ede(4)}});
  CHECK(errors_within(body + 11) == Errors{{15, ede(15)}});
  CHECK(errors_within(body + 5).empty());
  CHECK(records_of(answer_within(body)).size() == 21);
  const auto cut = answer_within(body - 1);
  CHECK(Header::read(cut)->truncated());
  CHECK(Header::read(cut)->answers == 0);
  CHECK(Header::read(cut)->questions == 1);
  CHECK(cut.size() == 12 + 21 + 11);
}

TEST_CASE("a truncated answer without EDNS is the question alone", "[dns]") {
  Exchange exchange{www()};
  auto writer = exchange.writer(512);
  for (int i = 0; i < 50; ++i) writer.add_address(IpAddress{}, 30);
  const auto answer = writer.finish();
  CHECK(answer.size() == 12 + 21);
  CHECK(Header::read(answer)->truncated());
}

TEST_CASE("a buffer smaller than the limit is the limit", "[dns]") {
  Exchange exchange{www()};
  std::array<std::uint8_t, 100> small{};
  AnswerWriter writer{small, exchange.query, 65535};
  for (int i = 0; i < 20; ++i) writer.add_address(IpAddress{}, 30);
  CHECK(Header::read(writer.finish())->truncated());
}

TEST_CASE("a relayed reply takes the client's case", "[dns]") {
  Exchange exchange{www().opt()};
  auto writer = exchange.writer();
  writer.relay(clean_wire(2));
  const auto answer = writer.finish();
  CHECK(question_matches(answer, exchange.query.question));
  CHECK(Header::read(answer)->answers == 2);
  CHECK(answer[33] == 0xc0);
  CHECK(options_of(answer).present);
  check_with_ldns(answer);
}

TEST_CASE("a relayed reply brings its rcode", "[dns]") {
  Exchange exchange{www()};
  auto writer = exchange.writer();
  Octets clean = clean_wire(0);
  clean[3] |= 3;
  writer.relay(clean);
  CHECK(Header::read(writer.finish())->rcode() == Rcode::NxDomain);
}

TEST_CASE("a relayed reply that is too long loses its additional records before all else", "[dns]") {
  const std::size_t whole = clean_wire(3, true).size() + 11 + 6;
  for (const std::size_t limit : {whole, whole - 1, whole - 28}) {
    Exchange exchange{www().opt()};
    auto writer = exchange.writer(limit);
    const auto clean = clean_wire(3, true);
    writer.relay(clean);
    writer.add_extended_error({Ede::StaleAnswer, {}});
    const auto answer = writer.finish();
    CHECK_FALSE(Header::read(answer)->truncated());
    CHECK(Header::read(answer)->answers == 3);
    CHECK(Header::read(answer)->additionals == (limit == whole ? 2 : 1));
    CHECK(options_of(answer).all.size() == 1);
    check_with_ldns(answer);
  }
  Exchange exchange{www().opt()};
  auto writer = exchange.writer(12 + 21 + 3 * 16 + 10);
  const auto clean = clean_wire(3, true);
  writer.relay(clean);
  CHECK(Header::read(writer.finish())->truncated());
}

TEST_CASE("a reply to another question is appended behind our aliases", "[dns]") {
  Exchange exchange{MessageBuilder{}.question("alias.test")};
  auto writer = exchange.writer();
  const auto target = name_of("www.example.com");
  writer.add_record(Section::Answer, name_of("alias.test"), Type::CNAME, Class::IN, 60, target.wire());
  const auto clean = clean_wire(2, true);
  writer.append(clean);
  const auto answer = writer.finish();
  const auto records = records_of(answer);
  REQUIRE(records.size() == 3);
  CHECK(records[1].owner == target);
  CHECK(records[2].owner == target);
  CHECK(Header::read(answer)->additionals == 0);
  check_with_ldns(answer);
}

TEST_CASE("an appended reply without room truncates the answer", "[dns]") {
  Exchange exchange{MessageBuilder{}.question("alias.test")};
  std::array<std::uint8_t, 60> small{};
  AnswerWriter writer{small, exchange.query, 65535};
  const auto clean = clean_wire(5);
  writer.append(clean);
  CHECK(Header::read(writer.finish())->truncated());
}

TEST_CASE("UDP answers are as long as client and we allow", "[dns]") {
  CHECK(udp_limit(Exchange{www()}.query) == 512);
  CHECK(udp_limit(Exchange{www().opt(100)}.query) == 512);
  CHECK(udp_limit(Exchange{www().opt(900)}.query) == 900);
  CHECK(udp_limit(Exchange{www().opt(4096)}.query) == 1232);
}

TEST_CASE("our question to an upstream has nothing of the client's packet", "[dns]") {
  Ask ask{name_of("www.example.com"), Type::HTTPS};
  ask.dnssec_ok = true;
  ask.checking_disabled = true;
  std::array<std::uint8_t, 12 + 259 + 11> out{};
  const auto wire = write_upstream_query(out, ask, 0x4242, true);
  Query query;
  REQUIRE(parse_query(wire, query) == QueryError::None);
  CHECK(query.id == 0x4242);
  CHECK(query.flags == (flag::RD | flag::AD | flag::CD));
  CHECK(query.name == ask.name);
  CHECK(query.type == Type::HTTPS);
  CHECK(query.edns.present);
  CHECK(query.edns.dnssec_ok);
  CHECK(query.edns.udp_size == 1232);
  check_with_ldns(wire);
}

TEST_CASE("our question without EDNS ends with the question", "[dns]") {
  const Ask ask{name_of("x")};
  std::array<std::uint8_t, 282> out{};
  const auto wire = write_upstream_query(out, ask, 1, false);
  CHECK(wire.size() == 12 + 3 + 4);
  Query query;
  REQUIRE(parse_query(wire, query) == QueryError::None);
  CHECK(query.flags == (flag::RD | flag::AD));
  CHECK_FALSE(query.edns.present);
}

TEST_CASE("the longest name fits into our question", "[dns]") {
  const std::string label(63, 'a');
  const Ask ask{name_of(label + '.' + label + '.' + label + '.' + std::string(61, 'b'))};
  std::array<std::uint8_t, 12 + 259 + 11> out{};
  CHECK(write_upstream_query(out, ask, 1, true).size() == out.size());
}

TEST_CASE("a thousand queries, replies and answers allocate nothing", "[dns]") {
  Exchange exchange{www().opt(1232, 0x8000)};
  const auto upstream = MessageBuilder{0x81a0}
                            .question("www.example.com")
                            .alias("www.example.com", 300, "a.example")
                            .address("a.example", 300, 1)
                            .soa("example.com", 9, 9)
                            .opt();
  std::array<std::uint8_t, 4096> clean{};
  std::size_t octets = 0;
  const test::CountAllocations allocations;
  for (int i = 0; i < 1000; ++i) {
    Query query;
    if (parse_query(exchange.message.wire(), query) != QueryError::None) break;
    Ask ask{query.name, query.type};
    CleanReply reply;
    if (clean_reply(upstream.wire(), ask, {}, clean, reply) != CleanError::None) break;
    octets += ask.hash(1) & 1U;
    age_ttls(reply.wire, 1);
    AnswerWriter relayed{exchange.out, query, udp_limit(query)};
    relayed.relay(reply.wire);
    relayed.add_extended_error({Ede::StaleAnswer, "text"});
    octets += relayed.finish().size();
    AnswerWriter blocked{exchange.out, query, udp_limit(query)};
    blocked.add_address(IpAddress{}, 30);
    blocked.add_soa(1, 30);
    octets += blocked.finish().size();
  }
  CHECK(allocations.count() == 0);
  CHECK(octets > 1000 * 100);
}
