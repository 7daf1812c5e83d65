#include "pipeline/answers.h"

#include <catch2/catch.hpp>

#include "support/client_answer.h"
#include "support/message_builder.h"

using namespace aven;
using namespace aven::pipeline;
using stats::Counter;
using Lines = std::vector<std::string>;
using Codes = std::vector<int>;

namespace {

// A query as the pipeline sees it; `wire` lives as long as the context points into it.
struct Asked {
  test::Bytes wire;
  QueryContext context;

  explicit Asked(const test::ClientQuery& query, ClientTransport transport = ClientTransport::Udp)
      : wire(test::to_wire(query)) {
    REQUIRE(dns::parse_query(wire, context.query) == dns::QueryError::None);
    context.client.transport = transport;
    context.ask.name = context.query.name;
  }
};

struct Reader {
  Answers answers;
  Ending ending;

  test::ClientAnswer read(const Ending& made) {
    ending = made;
    return test::read_answer(made.answer);
  }
};

policy::BlockedAnswer sinkhole() {
  policy::BlockedAnswer rule;
  rule.ipv4 = {IpAddress::parse("0.0.0.0").value()};
  rule.ttl = 30;
  rule.ede_text = "decided";
  return rule;
}

test::ClientAnswer blocked(const std::string& type, policy::Action action, const policy::BlockedAnswer& rule,
                           std::uint32_t ttl_cap = UINT32_MAX) {
  Reader reader;
  Asked asked{{.name = "ChatGPT.com", .type = type}};
  asked.context.verdict.action = action;
  asked.context.verdict.ttl_cap = ttl_cap;
  auto answer = reader.read(reader.answers.blocked(asked.context, rule));
  REQUIRE(reader.ending.outcome == Counter::blocked);
  return answer;
}

constexpr auto Soa = " IN SOA ";

bool is_soa_at(const Lines& authority, const std::string& owner_and_ttl) {
  return authority.size() == 1 && authority[0].starts_with(owner_and_ttl + Soa);
}

}  // namespace

TEST_CASE("a sinkhole answers addresses of the family it has, and says why", "[pipeline]") {
  const auto a = blocked("A", policy::Action::Sinkhole, sinkhole());
  REQUIRE(a.question == "ChatGPT.com. IN A");
  REQUIRE(a.answer == Lines{"ChatGPT.com. 30 IN A 0.0.0.0"});
  REQUIRE(a.ede == Codes{15, 4});
  REQUIRE(a.flags == Lines{"qr", "rd", "ra"});

  const auto aaaa = blocked("AAAA", policy::Action::Sinkhole, sinkhole());
  REQUIRE(aaaa.rcode == "NOERROR");
  REQUIRE(aaaa.answer.empty());
  REQUIRE(is_soa_at(aaaa.authority, "ChatGPT.com. 30"));
  REQUIRE(aaaa.ede == Codes{15});
}

TEST_CASE("each other type of a blocked name is NODATA", "[pipeline]") {
  for (const auto* type : {"HTTPS", "SVCB", "TXT", "MX", "SOA", "DS"}) {
    const auto answer = blocked(type, policy::Action::Sinkhole, sinkhole());
    CAPTURE(type);
    REQUIRE(answer.rcode == "NOERROR");
    REQUIRE(answer.answer.empty());
    REQUIRE(is_soa_at(answer.authority, "ChatGPT.com. 30"));
  }
  const auto any = blocked("ANY", policy::Action::Sinkhole, sinkhole());
  REQUIRE(any.answer == Lines{"ChatGPT.com. 30 IN HINFO \"RFC8482\" \"\""});
}

TEST_CASE("nxdomain denies the name from its parent, and is NODATA where names below stay", "[pipeline]") {
  auto rule = sinkhole();
  const auto denied = blocked("A", policy::Action::NxDomain, rule);
  REQUIRE(denied.rcode == "NXDOMAIN");
  REQUIRE(is_soa_at(denied.authority, "com. 30"));
  rule.nxdomain_as_nodata = true;
  const auto nodata = blocked("A", policy::Action::NxDomain, rule);
  REQUIRE(nodata.rcode == "NOERROR");
  REQUIRE(is_soa_at(nodata.authority, "ChatGPT.com. 30"));
}

TEST_CASE("nodata, refuse and drop answer as they say", "[pipeline]") {
  const auto nodata = blocked("A", policy::Action::NoData, sinkhole());
  REQUIRE(nodata.answer.empty());
  REQUIRE(is_soa_at(nodata.authority, "ChatGPT.com. 30"));
  const auto refused = blocked("A", policy::Action::Refuse, sinkhole());
  REQUIRE(refused.rcode == "REFUSED");
  REQUIRE(refused.ede == Codes{15});

  Answers answers;
  Asked asked{{.name = "chatgpt.com"}};
  asked.context.verdict.action = policy::Action::Drop;
  const auto dropped = answers.blocked(asked.context, sinkhole());
  REQUIRE(dropped.answer.empty());
  REQUIRE(dropped.outcome == Counter::dropped_by_rule);
}

TEST_CASE("a rule that ends soon caps the TTL of its answer", "[pipeline]") {
  REQUIRE(blocked("A", policy::Action::Sinkhole, sinkhole(), 7).answer == Lines{"ChatGPT.com. 7 IN A 0.0.0.0"});
  REQUIRE(is_soa_at(blocked("TXT", policy::Action::Sinkhole, sinkhole(), 7).authority, "ChatGPT.com. 7"));
}

TEST_CASE("a client without EDNS gets no OPT and no reason", "[pipeline]") {
  Reader reader;
  Asked asked{{.name = "chatgpt.com", .edns = false}};
  asked.context.verdict.action = policy::Action::Sinkhole;
  const auto answer = reader.read(reader.answers.blocked(asked.context, sinkhole()));
  REQUIRE(answer.answer.size() == 1);
  REQUIRE(answer.ede.empty());
}

TEST_CASE("what is no good query is told by its code", "[pipeline]") {
  Reader reader;
  const Asked asked{{.name = "example.com"}};
  const auto code = [&](dns::QueryError error) {
    return reader.read(reader.answers.for_bad_query(asked.context, error)).rcode;
  };
  REQUIRE(code(dns::QueryError::FormErr) == "FORMERR");
  REQUIRE(reader.ending.outcome == Counter::malformed);
  REQUIRE(code(dns::QueryError::NotImp) == "NOTIMPL");
  REQUIRE(reader.ending.outcome == Counter::not_implemented);
  REQUIRE(code(dns::QueryError::BadVersion) == "BADVERS");
  REQUIRE(reader.ending.outcome == Counter::bad_version);
}

TEST_CASE("AD is told to who asked for it only", "[pipeline]") {
  test::MessageBuilder reply{0x8180};
  reply.question("example.com").address("example.com", 300, 1);
  Reader reader;
  const auto flags = [&](const test::ClientQuery& query) {
    const Asked asked{query};
    return reader.read(reader.answers.relayed(asked.context, {reply.wire(), true})).flags;
  };
  REQUIRE(flags({.name = "example.com"}) == Lines{"qr", "rd", "ra"});
  REQUIRE(flags({.name = "example.com", .ad = true}) == Lines{"qr", "rd", "ra", "ad"});
  REQUIRE(flags({.name = "example.com", .dnssec_ok = true}) == Lines{"qr", "rd", "ra", "ad"});
  REQUIRE(flags({.name = "example.com", .checking_disabled = true}) == Lines{"qr", "rd", "ra", "cd"});
}

TEST_CASE("a reply keeps the question as the client wrote it, and says when it is stale", "[pipeline]") {
  test::MessageBuilder reply{0x8180};
  reply.question("example.com").address("example.com", 300, 1);
  Reader reader;
  const Asked asked{{.name = "eXample.COM", .id = 99}};
  const auto answer = reader.read(
      reader.answers.relayed(asked.context, {reply.wire(), false, dns::Ede::StaleAnswer, 300, Counter::cached}));
  REQUIRE(answer.id == 99);
  REQUIRE(answer.question == "eXample.COM. IN A");
  REQUIRE(answer.ede == Codes{3});
  REQUIRE(reader.ending.outcome == Counter::cached);
  REQUIRE(reader.ending.least_ttl == 300);
}

TEST_CASE("a reply too large for the datagram is cut to the question with TC", "[pipeline]") {
  test::MessageBuilder reply{0x8180};
  reply.question("example.com");
  for (std::uint8_t i = 0; i < 60; ++i) reply.address("example.com", 300, i);
  Reader reader;
  const Asked udp{{.name = "example.com", .udp_size = 512}};
  const auto cut = reader.read(reader.answers.relayed(udp.context, {reply.wire()}));
  REQUIRE(cut.flags == Lines{"qr", "tc", "rd", "ra"});
  REQUIRE(cut.question == "example.com. IN A");
  REQUIRE(cut.size <= 512);
  const Asked tcp{{.name = "example.com", .udp_size = 512}, ClientTransport::Tcp};
  REQUIRE(reader.read(reader.answers.relayed(tcp.context, {reply.wire()})).answer.size() == 60);
}

TEST_CASE("aliases of ours stand before the reply's records", "[pipeline]") {
  test::MessageBuilder reply{0x8180};
  reply.question("target.example").address("target.example", 300, 1);
  Aliases aliases;
  aliases.add(test::name_of("www.example"), test::name_of("target.example"), 20);
  Reader reader;
  const Asked asked{{.name = "www.example"}};
  const auto answer =
      reader.read(reader.answers.relayed_behind(asked.context, aliases, {.wire = reply.wire(), .least_ttl = 300}));
  REQUIRE(answer.answer == Lines{"www.example. 20 IN CNAME target.example.", "target.example. 300 IN A 192.0.2.1"});
  REQUIRE(reader.ending.least_ttl == 20);
}

TEST_CASE("recorded names are authoritative, their other types NODATA", "[pipeline]") {
  const std::vector<policy::LocalRecord> records{{test::name_of("printer.example"), dns::Type::A, 60, {10, 10, 1, 9}}};
  Reader reader;
  const Asked a{{.name = "printer.example"}};
  const auto found = reader.read(reader.answers.records(a.context, {}, records));
  REQUIRE(found.answer == Lines{"printer.example. 60 IN A 10.10.1.9"});
  REQUIRE(found.flags == Lines{"qr", "aa", "rd", "ra"});
  REQUIRE(reader.ending.outcome == Counter::local);
  const Asked txt{{.name = "printer.example", .type = "TXT"}};
  const auto none = reader.read(reader.answers.records(txt.context, {}, records));
  REQUIRE(none.rcode == "NOERROR");
  REQUIRE(is_soa_at(none.authority, "printer.example. 60"));
}

TEST_CASE("special zones: localhost has addresses, denied names have none, the apex of an empty zone exists",
          "[pipeline]") {
  Reader reader;
  const auto ask = [&](const std::string& name, const std::string& type) {
    const Asked asked{{.name = name, .type = type}};
    const auto* zone = find_special_zone(asked.context.query.name);
    REQUIRE(zone != nullptr);
    return reader.read(reader.answers.special(asked.context, *zone, 86400));
  };
  REQUIRE(ask("localhost", "A").answer == Lines{"localhost. 86400 IN A 127.0.0.1"});
  REQUIRE(ask("x.localhost", "AAAA").answer == Lines{"x.localhost. 86400 IN AAAA ::1"});
  REQUIRE(ask("localhost", "MX").rcode == "NOERROR");
  REQUIRE(ask("abc.onion", "A").rcode == "NXDOMAIN");
  REQUIRE(is_soa_at(ask("abc.onion", "A").authority, "onion. 86400"));
  REQUIRE(ask("10.in-addr.arpa", "SOA").rcode == "NOERROR");
  REQUIRE(ask("1.1.1.10.in-addr.arpa", "PTR").rcode == "NXDOMAIN");
  REQUIRE(ask("_dns.resolver.arpa", "SVCB").rcode == "NOERROR");
}

TEST_CASE("the server's own texts are of class CH and at most 255 octets", "[pipeline]") {
  Reader reader;
  const Asked asked{{.name = "id.server", .type = "TXT", .class_ = "CH"}};
  REQUIRE(reader.read(reader.answers.chaos_text(asked.context, "city-1")).answer ==
          Lines{"id.server. 0 CH TXT \"city-1\""});
  const auto longest = reader.read(reader.answers.chaos_text(asked.context, std::string(300, 'x')));
  REQUIRE(longest.answer == Lines{"id.server. 0 CH TXT \"" + std::string(255, 'x') + '"'});
}

TEST_CASE("ANY is answered with HINFO", "[pipeline]") {
  Reader reader;
  const Asked asked{{.name = "example.com", .type = "ANY"}};
  const auto answer = reader.read(reader.answers.any(asked.context, 3600));
  REQUIRE(answer.answer == Lines{"example.com. 3600 IN HINFO \"RFC8482\" \"\""});
}
