#include "dns/reply.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/message_builder.h"

using namespace aven;
using namespace aven::dns;
using test::MessageBuilder;
using test::name_of;
using Octets = std::vector<std::uint8_t>;

namespace {

MessageBuilder reply(Type type = Type::A) {
  return MessageBuilder{0x8180}.question("www.example.com", type);
}

std::vector<Record> records(const MessageBuilder& message, bool fails = false) {
  std::vector<Record> out;
  RecordWalk walk{message.wire()};
  for (Record record; walk.next(record);) out.push_back(record);
  CHECK(walk.failed() == fails);
  return out;
}

Chain chain_of(const MessageBuilder& message, Type type = Type::A) {
  Chain chain;
  follow_chain(message.wire(), name_of("www.example.com"), type, chain);
  return chain;
}

Octets octets_of(const MessageBuilder& message) {
  return {message.wire().begin(), message.wire().end()};
}

MessageBuilder service(const Octets& rdata, Type type = Type::HTTPS) {
  return reply(type).record(Section::Answer, "www.example.com", type, 60, [&](auto& m) { m.bytes(rdata); });
}

std::optional<Name> target(const MessageBuilder& message) {
  return target_of(message.wire(), records(message).at(0));
}

// The addresses of the first record as text; "malformed" at the end if so.
std::vector<std::string> addresses(const MessageBuilder& message) {
  std::vector<std::string> out;
  const bool good = visit_addresses(message.wire(), records(message).at(0),
                                    [&](const IpAddress& address) { out.push_back(address.text()); });
  if (!good) out.emplace_back("malformed");
  return out;
}

MessageBuilder aliases(int count) {
  auto message = reply();
  std::string from = "www.example.com";
  for (int i = 0; i < count; ++i) {
    const std::string to = "n" + std::to_string(i) + ".example";
    message.alias(from, 60, to);
    from = to;
  }
  return message.address(from, 60, 1);
}

}  // namespace

TEST_CASE("a header is read whole or not at all", "[dns]") {
  const auto message = MessageBuilder{0x8783, 7}.question("x").address("x", 1, 1);
  const auto header = Header::read(message.wire());
  REQUIRE(header);
  CHECK(header->id == 7);
  CHECK(header->is_reply());
  CHECK(header->truncated());
  CHECK(header->opcode() == Opcode::Query);
  CHECK(header->rcode() == Rcode::NxDomain);
  CHECK(header->questions == 1);
  CHECK(header->answers == 1);
  CHECK_FALSE(Header::read(message.wire().first(11)));
}

TEST_CASE("a walk gives the records of all sections in order", "[dns]") {
  const auto message = reply().address("a.example", 5, 1).soa("example", 6, 7).opt();
  const auto all = records(message);
  REQUIRE(all.size() == 3);
  CHECK(all[0].section == Section::Answer);
  CHECK(all[0].owner == name_of("a.example"));
  CHECK(all[0].ttl == 5);
  CHECK(all[0].rdata_size == 4);
  CHECK(message.wire()[all[0].rdata_position + 3] == 1);
  CHECK(message.wire()[all[0].ttl_position + 3] == 5);
  CHECK(message.wire()[all[0].owner_position] == 1);
  CHECK(all[1].section == Section::Authority);
  CHECK(all[1].type == Type::SOA);
  CHECK(all[2].section == Section::Additional);
  CHECK(all[2].owner.is_root());
}

TEST_CASE("a walk passes any number of questions", "[dns]") {
  CHECK(records(MessageBuilder{0x8180}.address("x", 1, 1)).size() == 1);
  CHECK(records(reply().question("b").address("x", 1, 1)).size() == 1);
}

TEST_CASE("a TTL with the top bit set is the largest, not 0", "[dns]") {
  CHECK(records(reply().address("x", 0x80000000, 1))[0].ttl == 0x7fffffff);
  CHECK(records(reply().address("x", 0x7fffffff, 1))[0].ttl == 0x7fffffff);
}

TEST_CASE("a walk ends at the first malformed record", "[dns]") {
  CHECK(records(reply().address("x", 1, 1).add_to_count(6), true).size() == 1);
  CHECK(records(reply().address("x", 1, 1).cut(1), true).empty());
  CHECK(records(reply().add_to_count(6).pointer(200).u16(1).u16(1).u32(1).u16(0), true).empty());
  CHECK(records(reply().cut(1).address("x", 1, 1), true).empty());
  CHECK(records(MessageBuilder{}.cut(1), true).empty());
}

TEST_CASE("a walk that failed stays failed", "[dns]") {
  const auto message = reply().address("x", 1, 1).cut(1);
  RecordWalk walk{message.wire()};
  Record record;
  CHECK_FALSE(walk.next(record));
  CHECK_FALSE(walk.next(record));
  CHECK(walk.failed());
}

TEST_CASE("only the very question that was asked matches", "[dns]") {
  const auto ours = MessageBuilder{}.question("wWw.example.com");
  const auto question = ours.wire().subspan(HeaderSize);
  const auto matches = [&](const MessageBuilder& message) { return question_matches(message.wire(), question); };
  CHECK(matches(MessageBuilder{0x8180}.question("wWw.example.com").address("x", 1, 1)));
  CHECK_FALSE(matches(MessageBuilder{0x8180}.question("www.example.com")));
  CHECK_FALSE(matches(MessageBuilder{0x8180}.question("wWw.example.com", Type::AAAA)));
  CHECK_FALSE(matches(MessageBuilder{0x8180}.question("wWw.example.com", Type::A, Class::CH)));
  CHECK_FALSE(matches(MessageBuilder{0x8180}.question("wWw.example.com").question("wWw.example.com")));
  CHECK_FALSE(matches(MessageBuilder{0x8180}));
  CHECK_FALSE(matches(MessageBuilder{0x8180}.question("wWw.example.com").cut(1)));
  CHECK_FALSE(question_matches(ours.wire(), {}));
  CHECK_FALSE(question_matches({}, question));
}

TEST_CASE("aliases have targets, other types have none", "[dns]") {
  CHECK(target(reply().alias("x", 1, "Target.example")) == name_of("target.example"));
  CHECK(target(reply().alias("x", 1, "target.example", Type::DNAME)) == name_of("target.example"));
  CHECK_FALSE(target(reply().alias("x", 1, "target.example", Type::NS)));
}

TEST_CASE("a target must fill its RDATA", "[dns]") {
  CHECK_FALSE(target(reply().record(Section::Answer, "x", Type::CNAME, 1, {1, 'a', 0, 0})));
  CHECK_FALSE(target(reply().record(Section::Answer, "x", Type::CNAME, 1, {1, 'a'})));
  CHECK_FALSE(target(reply().record(Section::Answer, "x", Type::CNAME, 1, {})));
  CHECK(target(reply().record(Section::Answer, "x", Type::CNAME, 1, {0xc0, 12})) == name_of("www.example.com"));
}

TEST_CASE("a service has the target that it names, or itself", "[dns]") {
  CHECK(target(service({0, 0, 3, 's', 'v', 'c', 0})) == name_of("svc"));
  CHECK(target(service({0, 1, 0})) == name_of("www.example.com"));
  CHECK(target(service({0, 1, 3, 's', 'v', 'c', 0, 0, 1, 0, 0}, Type::SVCB)) == name_of("svc"));
}

TEST_CASE("a service with a compressed or cut target has none", "[dns]") {
  CHECK_FALSE(target(service({0, 1, 0xc0, 12})));
  CHECK_FALSE(target(service({0, 1, 3, 's'})));
  CHECK_FALSE(target(service({0, 1})));
  CHECK_FALSE(target(service({0})));
  CHECK_FALSE(target(service({})));
}

TEST_CASE("address records give their address", "[dns]") {
  CHECK(addresses(reply().address("x", 1, 9)) == std::vector<std::string>{"192.0.2.9"});
  const auto six =
      reply().record(Section::Answer, "x", Type::AAAA, 1, [](auto& m) { m.u32(0x20010db8).u32(0).u32(0).u32(1); });
  CHECK(addresses(six) == std::vector<std::string>{"2001:db8::1"});
  CHECK(addresses(reply().alias("x", 1, "y")).empty());
}

TEST_CASE("address records of another size are malformed", "[dns]") {
  for (const Octets& rdata : {Octets{}, Octets(3), Octets(5), Octets(8)}) {
    CHECK(addresses(service(rdata, Type::A)) == std::vector<std::string>{"malformed"});
  }
  CHECK(addresses(service(Octets(32), Type::AAAA)) == std::vector<std::string>{"malformed"});
}

TEST_CASE("an address of another class is no address", "[dns]") {
  const auto message = reply().add_to_count(6).name("x").u16(1).u16(3).u32(1).u16(1).u8(0);
  CHECK(addresses(message).empty());
}

TEST_CASE("hints of a service are addresses", "[dns]") {
  const Octets four{0, 1, 0, 0, 1, 0, 3, 2, 'h', '2', 0, 4, 0, 8, 192, 0, 2, 1, 192, 0, 2, 2};
  CHECK(addresses(service(four)) == std::vector<std::string>{"192.0.2.1", "192.0.2.2"});
  Octets six{0, 1, 3, 's', 'v', 'c', 0, 0, 6, 0, 16};
  six.resize(six.size() + 16);
  CHECK(addresses(service(six, Type::SVCB)) == std::vector<std::string>{"::"});
  CHECK(addresses(service({0, 1, 0})).empty());
}

TEST_CASE("malformed hints and parameters are told", "[dns]") {
  CHECK(addresses(service({0, 1, 0, 0, 4, 0, 3, 1, 2, 3})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 0, 0, 4, 0, 0})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 0, 0, 6, 0, 4, 1, 2, 3, 4})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 0, 0, 1, 0, 9, 1})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 0, 0, 1, 0})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 0, 0})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0})) == std::vector<std::string>{"malformed"});
  CHECK(addresses(service({0, 1, 5, 'a'})) == std::vector<std::string>{"malformed"});
}

TEST_CASE("a chain without aliases is the question", "[dns]") {
  const Chain chain = chain_of(reply().address("www.example.com", 1, 1));
  CHECK(chain.size == 1);
  CHECK(chain.last() == name_of("www.example.com"));
  CHECK_FALSE(chain.broken);
  CHECK(chain.holds(name_of("WWW.example.com")));
  CHECK_FALSE(chain.holds(name_of("example.com")));
}

TEST_CASE("a chain is followed by owner, not by order", "[dns]") {
  const Chain chain = chain_of(
      reply().address("c.example", 1, 1).alias("b.example", 1, "c.example").alias("WWW.example.com", 1, "B.example"));
  REQUIRE(chain.size == 3);
  CHECK(chain.names[1] == name_of("b.example"));
  CHECK(chain.last() == name_of("c.example"));
  CHECK_FALSE(chain.broken);
}

TEST_CASE("aliases that do not start at the question are no links", "[dns]") {
  CHECK(chain_of(reply().alias("other.example", 1, "x.example")).size == 1);
  CHECK(chain_of(reply().record(Section::Authority, "www.example.com", Type::CNAME, 1, {0})).size == 1);
}

TEST_CASE("a loop breaks a chain", "[dns]") {
  CHECK(chain_of(reply().alias("www.example.com", 1, "www.example.com")).broken);
  CHECK(chain_of(reply().alias("www.example.com", 1, "a.example").alias("a.example", 1, "www.example.com")).broken);
}

TEST_CASE("a chain has at most 16 links", "[dns]") {
  CHECK_FALSE(chain_of(aliases(16)).broken);
  CHECK(chain_of(aliases(16)).size == 17);
  CHECK(chain_of(aliases(17)).broken);
}

TEST_CASE("the first of two aliases of one name is the link", "[dns]") {
  const Chain chain =
      chain_of(reply().alias("www.example.com", 1, "a.example").alias("www.example.com", 1, "b.example"));
  CHECK(chain.last() == name_of("a.example"));
}

TEST_CASE("who asks for the alias itself gets it, unfollowed", "[dns]") {
  const auto message = reply().alias("www.example.com", 1, "a.example");
  CHECK(chain_of(message, Type::CNAME).size == 1);
  CHECK(chain_of(message, Type::ANY).size == 1);
  CHECK(chain_of(message, Type::TXT).size == 2);
}

TEST_CASE("a DNAME and the alias made from it are one link", "[dns]") {
  const auto dname = reply().alias("example.com", 1, "example.net", Type::DNAME);
  CHECK(chain_of(dname).last() == name_of("www.example.net"));
  auto both = dname;
  both.alias("www.example.com", 1, "www.example.net");
  CHECK(chain_of(both).size == 2);
  CHECK_FALSE(chain_of(both).broken);
}

TEST_CASE("a DNAME does not move its own name", "[dns]") {
  CHECK(chain_of(reply().alias("www.example.com", 1, "example.net", Type::DNAME)).size == 1);
}

TEST_CASE("an alias that contradicts its DNAME breaks the chain", "[dns]") {
  CHECK(chain_of(reply().alias("example.com", 1, "example.net", Type::DNAME).alias("www.example.com", 1, "bad.example"))
            .broken);
}

TEST_CASE("a DNAME that makes too long a name breaks the chain", "[dns]") {
  const std::string label(63, 'a');
  const std::string target = label + '.' + label + '.' + label + '.' + std::string(59, 'b');
  CHECK(chain_of(reply().alias("example.com", 1, target, Type::DNAME)).broken);
}

TEST_CASE("malformed aliases and records break a chain", "[dns]") {
  CHECK(chain_of(reply().record(Section::Answer, "www.example.com", Type::CNAME, 1, {5})).broken);
  CHECK(chain_of(reply().record(Section::Answer, "example.com", Type::DNAME, 1, {5})).broken);
  CHECK(chain_of(reply().address("www.example.com", 1, 1).cut(1)).broken);
}

TEST_CASE("ageing lowers every TTL and gives the least", "[dns]") {
  const auto message = reply().address("www.example.com", 100, 1).address("www.example.com", 30, 2).soa("x", 500, 1);
  Octets wire = octets_of(message);
  CHECK(age_ttls(wire, 40) == 0);
  std::vector<std::uint32_t> ttls;
  RecordWalk walk{wire};
  for (Record record; walk.next(record);) ttls.push_back(record.ttl);
  CHECK(ttls == std::vector<std::uint32_t>{60, 0, 460});
}

TEST_CASE("ageing caps TTLs", "[dns]") {
  const auto message = reply().address("www.example.com", 100, 1).address("www.example.com", 7, 2);
  Octets wire = octets_of(message);
  CHECK(age_ttls(wire, 0, 30) == 7);
  CHECK(age_ttls(wire, 0) == 7);
  CHECK(age_ttls(wire, 0, 5) == 5);
}

TEST_CASE("ageing changes nothing but TTLs", "[dns]") {
  const auto message = reply().address("www.example.com", 100, 1);
  Octets wire = octets_of(message);
  age_ttls(wire, 100);
  Octets expected = octets_of(message);
  expected[expected.size() - 7] = 0;
  CHECK(wire == expected);
}

TEST_CASE("a message without records has no TTL, a cut one ends harmlessly", "[dns]") {
  Octets wire = octets_of(reply());
  CHECK(age_ttls(wire, 1) == 0);
  CHECK(age_ttls({}, 1) == 0);
  const auto message = reply().address("www.example.com", 100, 1);
  for (std::size_t size = 0; size < message.size(); ++size) {
    Octets cut(message.wire().begin(), message.wire().begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(age_ttls(cut, 1) == 0);
  }
}
