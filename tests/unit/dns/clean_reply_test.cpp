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
using Octets = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

namespace {

MessageBuilder reply(std::uint16_t flags = 0x8180, Type type = Type::A) {
  return MessageBuilder{flags}.question("www.example.com", type);
}

// A reply made clean, and what became of it.
struct Clean {
  explicit Clean(const MessageBuilder& message, Type type = Type::A, const CleanLimits& limits = {},
                 bool dnssec = false, std::size_t room = 4096) {
    Ask ask{name_of("www.example.com"), type};
    ask.dnssec_ok = dnssec;
    error = clean_reply(message.wire(), ask, limits, std::span{out}.first(room), reply);
  }

  // "section owner type ttl", in order.
  Lines lines() const {
    static const char* const Sections[] = {"an", "au", "ad"};
    Lines out_lines;
    RecordWalk walk{reply.wire};
    for (Record record; walk.next(record);) {
      out_lines.push_back(std::string{Sections[static_cast<std::size_t>(record.section)]} + ' ' + record.owner.text() +
                          ' ' + to_text(record.type) + ' ' + std::to_string(record.ttl));
    }
    CHECK_FALSE(walk.failed());
    return out_lines;
  }
  Header header() const { return Header::read(reply.wire).value(); }

  std::array<std::uint8_t, 4096> out{};
  CleanReply reply;
  CleanError error = CleanError::None;
};

void signature(MessageBuilder& message, Section section, std::string_view owner, Type covered) {
  message.record(section, owner, Type::RRSIG, 300, [&](auto& m) {
    m.u16(static_cast<unsigned>(covered));
    for (int i = 0; i < 16; ++i) m.u8(0);
    m.name("example.com").u8(1);
  });
}

CleanLimits keep_all() {
  CleanLimits limits;
  limits.keep = Keep::All;
  return limits;
}

}  // namespace

TEST_CASE("a simple reply is kept, with its header made ours", "[dns]") {
  const Clean clean{
      MessageBuilder{0x85b0, 0x7777}.question("www.example.com").address("www.example.com", 300, 1).opt()};
  REQUIRE(clean.error == CleanError::None);
  CHECK(clean.lines() == Lines{"an www.example.com A 300"});
  CHECK(clean.header().id == 0);
  CHECK(clean.header().flags == (flag::QR | flag::RA));
  CHECK(clean.header().questions == 1);
  CHECK(clean.reply.ttl == 300);
  CHECK_FALSE(clean.reply.negative);
  CHECK_FALSE(clean.reply.aliased);
  CHECK(clean.reply.wire.data() == clean.out.data());
  CHECK(clean.reply.wire.size() == 12 + 21 + 16);
}

TEST_CASE("the question becomes canonical and owners point to it", "[dns]") {
  const Clean clean{MessageBuilder{0x8180}.question("wWw.Example.com").address("WWW.example.COM", 300, 1)};
  REQUIRE(clean.error == CleanError::None);
  CHECK(clean.reply.wire[13] == 'w');
  CHECK(clean.reply.wire[33] == 0xc0);
  CHECK(clean.reply.wire[34] == 12);
}

TEST_CASE("AD is kept if it is trusted", "[dns]") {
  const auto message = reply(0x81a0).address("www.example.com", 300, 1);
  CHECK_FALSE(Clean{message}.reply.authentic);
  CleanLimits trusting;
  trusting.trust_ad = true;
  const Clean clean{message, Type::A, trusting};
  CHECK(clean.reply.authentic);
  CHECK((clean.header().flags & flag::AD) != 0);
  CHECK_FALSE(Clean{reply().address("www.example.com", 300, 1), Type::A, trusting}.reply.authentic);
}

TEST_CASE("the chain is kept in its order whatever order it came in", "[dns]") {
  const Clean clean{reply()
                        .address("b.example", 20, 1)
                        .alias("a.example", 60, "b.example")
                        .address("b.example", 20, 2)
                        .alias("www.example.com", 300, "a.example")};
  CHECK(clean.lines() ==
        Lines{"an www.example.com CNAME 300", "an a.example CNAME 60", "an b.example A 20", "an b.example A 20"});
  CHECK(clean.reply.aliased);
  CHECK(clean.reply.ttl == 20);
}

TEST_CASE("records off the chain are left out", "[dns]") {
  const Clean clean{reply()
                        .address("www.example.com", 300, 1)
                        .address("bank.example", 1, 2)
                        .record(Section::Answer, "www.example.com", Type::TXT, 2, {1, 'x'})
                        .alias("other.example", 3, "www.example.com")
                        .alias("com", 3, "net", Type::NS)};
  CHECK(clean.lines() == Lines{"an www.example.com A 300"});
  CHECK(clean.reply.ttl == 300);
}

TEST_CASE("a second alias of one name is left out", "[dns]") {
  const Clean clean{reply()
                        .alias("www.example.com", 9, "a.example")
                        .alias("www.example.com", 9, "b.example")
                        .address("a.example", 9, 1)
                        .address("b.example", 9, 2)};
  CHECK(clean.lines() == Lines{"an www.example.com CNAME 9", "an a.example A 9"});
}

TEST_CASE("records of another class are left out", "[dns]") {
  const Clean clean{reply().add_to_count(6).name("www.example.com").u16(1).u16(3).u32(9).u16(4).u32(0)};
  REQUIRE(clean.error == CleanError::None);
  CHECK(clean.lines().empty());
}

TEST_CASE("a DNAME stays with the alias made from it", "[dns]") {
  const Clean clean{reply()
                        .alias("example.com", 300, "example.net", Type::DNAME)
                        .alias("www.example.com", 200, "www.example.net")
                        .address("www.example.net", 100, 1)};
  CHECK(clean.lines() == Lines{"an example.com DNAME 300", "an www.example.com CNAME 200", "an www.example.net A 100"});
  CHECK(clean.reply.ttl == 100);
}

TEST_CASE("one DNAME used for two links is kept once", "[dns]") {
  const Clean clean{reply()
                        .alias("example.com", 300, "example.net", Type::DNAME)
                        .alias("www.example.com", 200, "www.example.net")
                        .alias("www.example.net", 200, "mail.example.com")
                        .alias("mail.example.com", 200, "mail.example.net")
                        .address("mail.example.net", 100, 1)};
  REQUIRE(clean.error == CleanError::None);
  CHECK(clean.lines().size() == 5);
  CHECK(clean.lines().at(0) == "an example.com DNAME 300");
  CHECK(clean.lines().at(3) == "an mail.example.com CNAME 200");
}

TEST_CASE("a DNAME to below itself never ends", "[dns]") {
  CHECK(Clean{reply().alias("example.com", 300, "x.example.com", Type::DNAME)}.error == CleanError::BrokenChain);
}

TEST_CASE("broken chains spoil a reply", "[dns]") {
  CHECK(Clean{reply().alias("www.example.com", 1, "www.example.com")}.error == CleanError::BrokenChain);
  CHECK(Clean{reply().record(Section::Answer, "www.example.com", Type::CNAME, 1, {9})}.error ==
        CleanError::BrokenChain);
}

TEST_CASE("signatures are kept for who asked with DO", "[dns]") {
  auto message = reply();
  message.alias("www.example.com", 300, "a.example");
  signature(message, Section::Answer, "www.example.com", Type::CNAME);
  message.address("a.example", 300, 1);
  signature(message, Section::Answer, "a.example", Type::A);
  signature(message, Section::Answer, "a.example", Type::TXT);
  signature(message, Section::Answer, "off.example", Type::A);
  CHECK(Clean{message}.lines() == Lines{"an www.example.com CNAME 300", "an a.example A 300"});
  CHECK(Clean(message, Type::A, {}, true).lines() == Lines{"an www.example.com CNAME 300",
                                                           "an www.example.com RRSIG 300", "an a.example A 300",
                                                           "an a.example RRSIG 300"});
}

TEST_CASE("a DNAME keeps its signature", "[dns]") {
  auto message = reply();
  message.alias("example.com", 300, "example.net", Type::DNAME);
  signature(message, Section::Answer, "example.com", Type::DNAME);
  message.alias("www.example.com", 300, "www.example.net").address("www.example.net", 300, 1);
  CHECK(Clean(message, Type::A, {}, true).lines().at(1) == "an example.com RRSIG 300");
}

TEST_CASE("signatures alone are no answer", "[dns]") {
  auto message = reply();
  signature(message, Section::Answer, "www.example.com", Type::A);
  CHECK(Clean(message, Type::A, {}, true).reply.negative);
}

TEST_CASE("ANY takes all data of the name and is not kept", "[dns]") {
  const Clean clean{reply(0x8180, Type::ANY)
                        .address("www.example.com", 300, 1)
                        .record(Section::Answer, "www.example.com", Type::TXT, 300, {1, 'x'})
                        .alias("other.example", 1, "x"),
                    Type::ANY};
  CHECK(clean.lines().size() == 2);
  CHECK(clean.reply.ttl == 0);
  CHECK_FALSE(clean.reply.negative);
}

TEST_CASE("who asks for CNAME gets it alone", "[dns]") {
  const Clean clean{reply(0x8180, Type::CNAME).alias("www.example.com", 300, "a.example").address("a.example", 1, 1),
                    Type::CNAME};
  CHECK(clean.lines() == Lines{"an www.example.com CNAME 300"});
  CHECK_FALSE(clean.reply.aliased);
  CHECK_FALSE(clean.reply.negative);
}

TEST_CASE("the least TTL of the answer decides, within the limits", "[dns]") {
  const auto message = reply().address("www.example.com", 300, 1).address("www.example.com", 20, 2);
  CHECK(Clean{message}.reply.ttl == 20);
  CleanLimits limits;
  limits.min_ttl = 60;
  limits.max_ttl = 100;
  const Clean clean{message, Type::A, limits};
  CHECK(clean.reply.ttl == 60);
  CHECK(clean.lines() == Lines{"an www.example.com A 100", "an www.example.com A 60"});
}

TEST_CASE("a TTL of 0 is never raised", "[dns]") {
  CleanLimits limits;
  limits.min_ttl = 60;
  const Clean clean{reply().address("www.example.com", 0, 1).address("www.example.com", 300, 2), Type::A, limits};
  CHECK(clean.reply.ttl == 0);
  CHECK(clean.lines().at(0) == "an www.example.com A 0");
}

TEST_CASE("a huge TTL becomes the largest allowed", "[dns]") {
  CHECK(Clean{reply().address("www.example.com", 0xffffffff, 1)}.reply.ttl == 86400);
}

TEST_CASE("NXDOMAIN is kept by its SOA", "[dns]") {
  const Clean clean{reply(0x8183).soa("example.com", 900, 600)};
  CHECK(clean.reply.rcode == Rcode::NxDomain);
  CHECK(clean.header().rcode() == Rcode::NxDomain);
  CHECK(clean.reply.negative);
  CHECK(clean.reply.has_soa);
  CHECK(clean.reply.ttl == 600);
  CHECK(clean.lines() == Lines{"au example.com SOA 600"});
}

TEST_CASE("NODATA is kept by the smaller of TTL and MINIMUM, within the limit", "[dns]") {
  CHECK(Clean{reply().soa("example.com", 100, 600)}.reply.ttl == 100);
  CHECK(Clean{reply().soa("example.com", 90000, 80000)}.reply.ttl == 3600);
  CHECK(Clean{reply().soa("example.com", 0, 600)}.reply.ttl == 0);
  CleanLimits limits;
  limits.min_ttl = 60;
  CHECK(Clean(reply().soa("example.com", 10, 600), Type::A, limits).reply.ttl == 10);
}

TEST_CASE("a negative answer without SOA is not kept", "[dns]") {
  const Clean clean{reply(0x8183)};
  CHECK(clean.error == CleanError::None);
  CHECK(clean.reply.negative);
  CHECK_FALSE(clean.reply.has_soa);
  CHECK(clean.reply.ttl == 0);
}

TEST_CASE("an SOA that is not above the name says nothing", "[dns]") {
  const Clean clean{reply(0x8183).soa("example.org", 900, 600).soa("a.www.example.com", 900, 600)};
  CHECK_FALSE(clean.reply.has_soa);
  CHECK(clean.lines().empty());
}

TEST_CASE("the first SOA above the name counts, a second is left out", "[dns]") {
  const Clean clean{reply(0x8183).soa("example.com", 900, 600).soa("com", 900, 5)};
  CHECK(clean.lines() == Lines{"au example.com SOA 600"});
}

TEST_CASE("a negative answer behind aliases lasts no longer than they", "[dns]") {
  const Clean clean{reply(0x8183).alias("www.example.com", 40, "gone.example.net").soa("example.net", 900, 600)};
  CHECK(clean.reply.negative);
  CHECK(clean.reply.aliased);
  CHECK(clean.reply.ttl == 40);
  CHECK(clean.lines() == Lines{"an www.example.com CNAME 40", "au example.net SOA 600"});
}

TEST_CASE("the SOA must be above the end of the chain", "[dns]") {
  CHECK_FALSE(
      Clean{reply(0x8183).alias("www.example.com", 40, "gone.example.net").soa("example.com", 900, 600)}.reply.has_soa);
}

TEST_CASE("a chain that ends without records is negative", "[dns]") {
  const Clean clean{reply().alias("www.example.com", 40, "a.example")};
  CHECK(clean.reply.negative);
  CHECK(clean.reply.ttl == 0);
}

TEST_CASE("a referral is negative and not kept", "[dns]") {
  const Clean clean{reply().record(Section::Authority, "example.com", Type::NS, 300, {1, 'n', 0})};
  CHECK(clean.reply.negative);
  CHECK(clean.reply.ttl == 0);
  CHECK(clean.lines().empty());
}

TEST_CASE("proofs are kept for who asked with DO, of positive answers too", "[dns]") {
  auto negative = reply();
  negative.soa("example.com", 300, 300);
  signature(negative, Section::Authority, "example.com", Type::SOA);
  negative.record(Section::Authority, "www.example.com", Type::NSEC, 9000, {0, 0, 1, 0x40});
  signature(negative, Section::Authority, "www.example.com", Type::NSEC);
  negative.record(Section::Authority, "example.com", Type::NS, 300, {1, 'n', 0});
  CHECK(Clean{negative}.lines() == Lines{"au example.com SOA 300"});
  CHECK(Clean(negative, Type::A, {}, true).lines() == Lines{"au example.com SOA 300", "au example.com RRSIG 300",
                                                            "au www.example.com NSEC 3600",
                                                            "au www.example.com RRSIG 300"});

  auto wildcard = reply();
  wildcard.address("www.example.com", 300, 1);
  wildcard.record(Section::Authority, "a.example.com", Type::NSEC3, 300, {1, 0, 0, 1, 0, 0});
  signature(wildcard, Section::Authority, "a.example.com", Type::NSEC3);
  signature(wildcard, Section::Authority, "example.com", Type::SOA);
  CHECK(Clean(wildcard, Type::A, {}, true).lines() ==
        Lines{"an www.example.com A 300", "au a.example.com NSEC3 300", "au a.example.com RRSIG 300"});
}

TEST_CASE("positive answers keep neither authority nor additional records", "[dns]") {
  const auto message = reply()
                           .address("www.example.com", 300, 1)
                           .record(Section::Authority, "example.com", Type::NS, 300, {1, 'n', 0})
                           .record(Section::Additional, "n", Type::A, 300, {192, 0, 2, 1});
  CHECK(Clean{message}.lines().size() == 1);
  CHECK(Clean(message, Type::A, keep_all()).lines().size() == 3);
}

TEST_CASE("Keep::All keeps all but what belongs to the transport", "[dns]") {
  auto message = reply(0x8180, Type::SRV);
  message.record(Section::Answer, "www.example.com", Type::SRV, 300,
                 [](auto& m) { m.u16(0).u16(0).u16(389).name("dc.example.com"); });
  message.record(Section::Additional, "dc.example.com", Type::A, 90000, {192, 0, 2, 1});
  message.opt();
  message.record(Section::Additional, ".", Type::SIG, 0, {0, 0, 1});
  message.record(Section::Additional, "key", Type::TSIG, 0, {1});
  CHECK(Clean(message, Type::SRV, keep_all()).lines() ==
        Lines{"an www.example.com SRV 300", "ad dc.example.com A 86400"});
}

TEST_CASE("Keep::All leaves the SOA's TTL, up to the limit", "[dns]") {
  const Clean clean{reply(0x8183).soa("example.com", 900, 60), Type::A, keep_all()};
  CHECK(clean.lines() == Lines{"au example.com SOA 900"});
  CHECK(clean.reply.ttl == 60);
  CHECK(Clean(reply(0x8183).soa("example.com", 9000, 60), Type::A, keep_all()).lines() ==
        Lines{"au example.com SOA 3600"});
}

TEST_CASE("failures are kept as their rcode alone", "[dns]") {
  for (const unsigned rcode : {1U, 2U, 4U, 5U, 9U}) {
    const Clean clean{reply(static_cast<std::uint16_t>(0x8180 | rcode)).address("www.example.com", 300, 1)};
    REQUIRE(clean.error == CleanError::None);
    CHECK(clean.reply.rcode == static_cast<Rcode>(rcode));
    CHECK(clean.header().rcode() == static_cast<Rcode>(rcode));
    CHECK(clean.lines().empty());
    CHECK(clean.reply.ttl == 0);
    CHECK_FALSE(clean.reply.negative);
  }
}

TEST_CASE("an rcode that needs OPT is told and stands as SERVFAIL", "[dns]") {
  const Clean clean{reply(0x8187).opt(1232, 0x01000000)};
  CHECK(clean.reply.rcode == Rcode::BadCookie);
  CHECK(clean.header().rcode() == Rcode::ServFail);
}

TEST_CASE("replies to something else are malformed", "[dns]") {
  CHECK(Clean{MessageBuilder{0x8180}.question("www.example.org")}.error == CleanError::Malformed);
  CHECK(Clean{reply(), Type::AAAA}.error == CleanError::Malformed);
  CHECK(Clean{MessageBuilder{0x8180}.question("www.example.com", Type::A, Class::CH)}.error == CleanError::Malformed);
  CHECK(Clean{MessageBuilder{0x8180}}.error == CleanError::Malformed);
  CHECK(Clean{reply().question("www.example.com")}.error == CleanError::Malformed);
  CHECK(Clean{reply(0x0180)}.error == CleanError::Malformed);
  CHECK(Clean{reply(0xa180)}.error == CleanError::Malformed);
  CHECK(Clean{reply(0x8380)}.error == CleanError::Malformed);
  CHECK(Clean{MessageBuilder{0x8180}.cut(1)}.error == CleanError::Malformed);
}

TEST_CASE("a malformed record anywhere spoils a reply", "[dns]") {
  CHECK(Clean{reply().address("www.example.com", 300, 1).soa("x", 1, 1).cut(1)}.error == CleanError::Malformed);
  CHECK(Clean{reply().address("www.example.com", 300, 1).add_to_count(10)}.error == CleanError::Malformed);
}

TEST_CASE("kept RDATA that clients might read otherwise spoils a reply", "[dns]") {
  const auto https = [](std::initializer_list<std::uint8_t> rdata) {
    return Clean{reply(0x8180, Type::HTTPS).record(Section::Answer, "www.example.com", Type::HTTPS, 300, rdata),
                 Type::HTTPS};
  };
  CHECK(https({0, 1, 0}).error == CleanError::None);
  CHECK(https({0, 1, 0xc0, 12}).error == CleanError::Malformed);
  CHECK(https({0, 1, 0, 0, 4, 0, 3, 1, 2, 3}).error == CleanError::Malformed);
  CHECK(Clean{reply().record(Section::Answer, "www.example.com", Type::A, 300, {1, 2, 3})}.error ==
        CleanError::Malformed);
  CHECK(Clean{reply().record(Section::Authority, "example.com", Type::SOA, 300, {0, 0, 1})}.error ==
        CleanError::Malformed);
}

TEST_CASE("malformed RDATA of records that are left out does no harm", "[dns]") {
  CHECK(Clean{reply().address("www.example.com", 300, 1).record(Section::Answer, "x", Type::CNAME, 1, {9})}.error ==
        CleanError::None);
}

TEST_CASE("a reply that does not fit is too long", "[dns]") {
  const auto message = reply().address("www.example.com", 300, 1);
  CHECK(Clean(message, Type::A, {}, false, 49).error == CleanError::None);
  for (std::size_t room = 0; room < 49; ++room) {
    CHECK(Clean(message, Type::A, {}, false, room).error == CleanError::TooLong);
  }
}

TEST_CASE("cleaning a clean reply changes nothing", "[dns]") {
  const Clean once{
      reply().address("b.example", 20, 1).alias("www.example.com", 300, "b.example").address("off.example", 1, 1)};
  std::array<std::uint8_t, 4096> out{};
  CleanReply again;
  REQUIRE(clean_reply(once.reply.wire, {name_of("www.example.com")}, {}, out, again) == CleanError::None);
  CHECK(std::equal(again.wire.begin(), again.wire.end(), once.reply.wire.begin(), once.reply.wire.end()));
  CHECK(again.ttl == once.reply.ttl);
}

TEST_CASE("an NXDOMAIN can be told of a name below", "[dns]") {
  const Clean clean{reply(0x8183).soa("example.com", 900, 600)};
  std::array<std::uint8_t, 512> out{};
  const auto wire = with_question(clean.reply.wire, {name_of("a.b.www.example.com"), Type::HTTPS}, out);
  REQUIRE_FALSE(wire.empty());
  CHECK(Header::read(wire)->rcode() == Rcode::NxDomain);
  RecordWalk walk{wire};
  Record record;
  REQUIRE(walk.next(record));
  CHECK(record.owner == name_of("example.com"));
  CHECK(record.ttl == 600);
  CHECK(with_question(clean.reply.wire, {name_of("a.b.www.example.com")}, std::span{out}.first(40)).empty());
}

TEST_CASE("private addresses are left out where the answer must be a public one", "[dns]") {
  CleanLimits limits;
  limits.refuse_private = true;
  const auto with = [](std::initializer_list<std::uint8_t> octets) {
    return reply().record(Section::Answer, "www.example.com", octets.size() == 4 ? Type::A : Type::AAAA, 300, octets);
  };
  for (const auto& message : {with({10, 0, 0, 1}), with({192, 168, 1, 1}), with({172, 31, 0, 1}),
                              with({169, 254, 1, 1}), with({127, 0, 0, 1}), with({0, 0, 0, 0})}) {
    const Clean clean{message, Type::A, limits};
    REQUIRE(clean.error == CleanError::None);
    CHECK(clean.lines().empty());
    CHECK(clean.reply.private_refused);
    CHECK(clean.reply.negative);
    CHECK(clean.reply.ttl == 30);
    CHECK_FALSE(Clean{message}.reply.private_refused);
    CHECK(Clean{message}.lines().size() == 1);
  }
  const Clean both{with({10, 0, 0, 1}).address("www.example.com", 300, 7), Type::A, limits};
  CHECK(both.lines() == Lines{"an www.example.com A 300"});
  CHECK(both.reply.ttl == 300);
  const Clean public_one{reply().address("www.example.com", 300, 7), Type::A, limits};
  CHECK_FALSE(public_one.reply.private_refused);
}

TEST_CASE("private addresses are left out as IPv6, mapped and as hints too", "[dns]") {
  CleanLimits limits;
  limits.refuse_private = true;
  const auto left = [&](Type type, std::initializer_list<std::uint8_t> octets) {
    const Clean clean{reply(0x8180, type).record(Section::Answer, "www.example.com", type, 300, octets), type, limits};
    REQUIRE(clean.error == CleanError::None);
    return clean.lines().size();
  };
  CHECK(left(Type::AAAA, {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) == 0);
  CHECK(left(Type::AAAA, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) == 0);
  CHECK(left(Type::AAAA, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) == 0);
  CHECK(left(Type::AAAA, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}) == 0);
  CHECK(left(Type::AAAA, {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) == 1);
  CHECK(left(Type::HTTPS, {0, 1, 0, 0, 4, 0, 4, 10, 0, 0, 1}) == 0);
  CHECK(left(Type::HTTPS, {0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1}) == 1);
}
