#include "policy/policy.h"

#include "support/counting_allocator.h"
#include "unit/policy/rules_from_text.h"

using namespace aven;
using policy::Action;
using test::Compiled;
using test::MessageBuilder;
using test::pack_of;

namespace {

MessageBuilder reply(const std::string& question, dns::Type type = dns::Type::A) {
  MessageBuilder message{0x8180};
  message.question(question, type);
  return message;
}

void add_https(MessageBuilder& message, const std::string& owner, const std::string& target) {
  message.record(dns::Section::Answer, owner, dns::Type::HTTPS, 60, [&](auto& rdata) {
    rdata.u16(1).name(target).u16(4).u16(4).bytes(std::vector<std::uint8_t>{192, 0, 2, 66});
  });
}

}  // namespace

TEST_CASE("a blocked alias decides, an allowed question goes before it", "[policy]") {
  const Compiled blocked{{pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["bad.example"]})")}};
  auto message = reply("www.example");
  message.alias("www.example", 60, "x.bad.example").address("x.bad.example", 60, 1);
  CHECK(blocked.match(message, "www.example").action == Action::Sinkhole);
  CHECK(blocked->may_match(message.wire(), test::name_of("www.example"), dns::Type::A, blocked.patterns()));

  const Compiled allowed{{pack_of(R"({"id": "a", "action": "allow", "domains": ["=www.example"]},
                                     {"id": "b", "action": "sinkhole", "domains": ["bad.example"]})")}};
  CHECK(allowed.match(message, "www.example").action == Action::Allow);
}

TEST_CASE("a DNAME that leads to a blocked name is an alias as another", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "b", "action": "sinkhole", "domains": ["bad.example"]})")}};
  auto message = reply("www.tree.example");
  message.alias("tree.example", 60, "bad.example", dns::Type::DNAME).address("www.bad.example", 60, 1);
  CHECK(rules.match(message, "www.tree.example").action == Action::Sinkhole);
  CHECK(rules.match(message, "www.leaf.example").action == Action::None);
}

TEST_CASE("NXDOMAIN for an alias is NODATA at the question name", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "b", "action": "nxdomain", "domains": ["bad.example"]})")}};
  auto message = reply("www.example");
  message.alias("www.example", 60, "bad.example");
  CHECK(rules.match(message, "www.example").action == Action::NoData);
  CHECK(rules.match("bad.example").action == Action::NxDomain);
}

TEST_CASE("NXDOMAIN for an exact name is NODATA: it would deny what is below", "[policy]") {
  const Compiled rules{
      {pack_of(R"({"id": "b", "action": "nxdomain", "domains": ["=a.example", "b.example", "/gpt/"]})")}};
  CHECK(rules.match("a.example").action == Action::NoData);
  CHECK(rules.match("b.example").action == Action::NxDomain);
  CHECK(rules.match("gpt.example").action == Action::NoData);
}

TEST_CASE("a rule whose except holds the question is out for the rest of the chain, another rule is not", "[policy]") {
  const std::string first = R"({"id": "1", "action": "sinkhole", "domains": ["bad.example"], "except": ["ok.example"],
                               "addresses": ["192.0.2.0/24"]})";
  auto message = reply("ok.example");
  message.alias("ok.example", 60, "bad.example").address("bad.example", 60, 1);
  CHECK_FALSE(Compiled{{pack_of(first)}}.match(message, "ok.example").decided());
  const Compiled both{{pack_of(first + R"(, {"id": "2", "action": "refuse", "domains": ["bad.example"]})")}};
  CHECK(both.match(message, "ok.example").action == Action::Refuse);
}

TEST_CASE("must_resolve of a pack protects the name and its aliases from this pack's rules only", "[policy]") {
  const auto first = pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["bad.example"]})",
                             R"(, "must_resolve": ["ok.example"])", "p");
  const auto second = pack_of(R"({"id": "1", "action": "refuse", "domains": ["*.bad.example"]})", "", "q");
  auto message = reply("ok.example");
  message.alias("ok.example", 60, "x.bad.example");
  CHECK_FALSE(Compiled{{first}}.match(message, "ok.example").decided());
  CHECK(Compiled{{first, second}}.match(message, "ok.example").action == Action::Refuse);

  policy::PolicySettings settings;
  settings.must_resolve.push_back({test::name_of("ok.example"), "", "aven.json", "/must_resolve/0"});
  CHECK_FALSE(Compiled{{first, second}, settings}.match(message, "ok.example").decided());
}

TEST_CASE("a blocked HTTPS target is NODATA; an allowed one leaves its address hints to be judged", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "t", "action": "sinkhole", "domains": ["bad.example"]},
                                   {"id": "a", "action": "allow", "domains": ["good.example"]},
                                   {"id": "i", "action": "refuse", "addresses": ["192.0.2.64/26"]})")}};
  auto bad = reply("www.example", dns::Type::HTTPS);
  add_https(bad, "www.example", "bad.example");
  const auto verdict = rules.match(bad, "www.example", dns::Type::HTTPS);
  CHECK(verdict.action == Action::NoData);
  CHECK(rules->rule(verdict.rule).id == "t");

  auto good = reply("www.example", dns::Type::HTTPS);
  add_https(good, "www.example", "good.example");
  CHECK(rules.match(good, "www.example", dns::Type::HTTPS).action == Action::Refuse);
}

TEST_CASE("hints do not tell an address that a rule for A or AAAA keeps back", "[policy]") {
  const auto judged = [](const std::string& types, const std::string& domain, const std::string& target) {
    const Compiled rules{
        {pack_of(R"({"id": "b", "action": "sinkhole", "domains": [")" + domain + R"("], "types": [)" + types + "]}")}};
    auto message = reply("svc.example", dns::Type::HTTPS);
    add_https(message, "svc.example", target);  // with an ipv4hint
    return rules.match(message, "svc.example", dns::Type::HTTPS).action;
  };
  CHECK(judged(R"("A", "AAAA")", "svc.example", ".") == Action::NoData);
  CHECK(judged(R"("A")", "cdn.example", "cdn.example") == Action::NoData);
  CHECK(judged(R"("AAAA")", "svc.example", ".") == Action::None);
  CHECK(judged(R"("A")", "other.example", ".") == Action::None);
}

TEST_CASE("of the addresses of a reply the longest prefix speaks", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "b", "action": "sinkhole", "addresses": ["192.0.2.0/24"]},
                                   {"id": "a", "action": "allow", "addresses": ["192.0.2.7"]})")}};
  CHECK(rules.match(reply("www.example").address("www.example", 60, 8), "www.example").action == Action::Sinkhole);
  CHECK(rules.match(reply("www.example").address("www.example", 60, 7), "www.example").action == Action::Allow);
}

TEST_CASE("an observed rule counts once for a reply, where it would have decided first", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "1", "action": "sinkhole", "mode": "observe", "domains": ["www.example"]},
                                   {"id": "2", "action": "sinkhole", "mode": "observe", "domains": ["bad.example"]},
                                   {"id": "3", "action": "refuse", "domains": ["worse.example"]})")}};
  auto message = reply("www.example");
  message.alias("www.example", 60, "bad.example").alias("bad.example", 60, "worse.example");
  const auto verdict = rules.match(message, "www.example");
  CHECK(rules->rule(verdict.would_hit).id == "1");
  CHECK(rules->rule(verdict.rule).id == "3");
}

TEST_CASE("a reply that no rule names needs no judging, whatever mode the rules have", "[policy]") {
  const Compiled rules{{pack_of(R"({"id": "o", "action": "sinkhole", "mode": "off", "domains": ["bad.example"]},
                                   {"id": "e", "action": "sinkhole", "domains": ["z.example"], "except": ["ok.example"]})")}};
  const auto asks = [&](const std::string& name) {
    return rules->may_match(reply(name).address(name, 60, 1).wire(), test::name_of(name), dns::Type::A,
                            rules.patterns());
  };
  CHECK(asks("x.bad.example"));
  CHECK_FALSE(asks("ok.example"));
  CHECK_FALSE(asks("other.example"));
}

TEST_CASE("more than a thousand rules may be out of one chain", "[policy]") {
  std::string rules;
  for (int i = 0; i < 1500; ++i) {
    rules += (i == 0 ? "" : ",") + std::string{R"({"id": ")"} + std::to_string(i) +
             R"(", "action": "sinkhole", "domains": ["bad.example"], "except": ["ok.example"]})";
  }
  rules += R"(, {"id": "last", "action": "refuse", "domains": ["bad.example"]})";
  const Compiled policy{{pack_of(rules)}};
  auto message = reply("ok.example");
  message.alias("ok.example", 60, "bad.example");
  CHECK(policy.match(message, "ok.example").action == Action::Refuse);
}

TEST_CASE("a match allocates nothing", "[policy]") {
  const Compiled rules{
      {pack_of(R"({"id": "1", "action": "sinkhole", "domains": ["bad.example", "x-*.example", "=e.example"],
                                    "except": ["ok.bad.example"], "addresses": ["192.0.2.0/24"]})")}};
  const auto question = test::name_of("a.b.c.bad.example"), other = test::name_of("x-1.other.example");
  auto message = reply("www.example");
  message.alias("www.example", 60, "w.example").address("w.example", 60, 1);
  const auto www = test::name_of("www.example");
  const test::CountAllocations allocations;
  for (int i = 0; i < 1000; ++i) {
    policy::Policy::ChainState chain;
    static_cast<void>(rules->match(question, {}, rules.activity(), rules.patterns(), Tick{}, chain));
    static_cast<void>(rules->match(other, {}, rules.activity(), rules.patterns(), Tick{}, chain));
    static_cast<void>(rules->match_reply(message.wire(), www, {}, rules.activity(), rules.patterns(), Tick{}));
    static_cast<void>(rules->may_match(message.wire(), www, dns::Type::A, rules.patterns()));
  }
  CHECK(allocations.count() == 0);
}

TEST_CASE("records are found at their name alone", "[policy]") {
  policy::PolicySettings settings;
  settings.records = {{test::name_of("b.example"), dns::Type::A, 60, {1, 2, 3, 4}},
                      {test::name_of("a.example"), dns::Type::A, 60, {1, 2, 3, 4}},
                      {test::name_of("b.example"), dns::Type::TXT, 60, {0}}};
  const Compiled rules{{}, settings};
  CHECK(rules->has_records());
  CHECK(rules->records_at(test::name_of("b.example")).size() == 2);
  CHECK(rules->records_at(test::name_of("a.example")).size() == 1);
  CHECK(rules->records_at(test::name_of("x.b.example")).empty());
}
