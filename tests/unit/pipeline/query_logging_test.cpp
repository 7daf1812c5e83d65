#include "pipeline/query_logging.h"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "dns/name.h"
#include "support/client_answer.h"
#include "support/pipeline_rig.h"

using namespace aven;
using stats::Counter;
using stats::LogLevel;
using stats::LogVerdict;
using stats::QueryHead;
using stats::QueryRecord;
using Client = QueryHead::Client;

namespace {

const std::string Rules = R"({"format": 1, "pack": "p", "rules": [
  {"id": "a", "action": "allow", "domains": ["good.chatgpt.com"]},
  {"id": "b", "action": "sinkhole", "domains": ["chatgpt.com"]},
  {"id": "o", "action": "sinkhole", "mode": "observe", "domains": ["watched.example"]}]})";
constexpr policy::RuleIndex Allow = 0, Block = 1, Observe = 2;
constexpr std::array<std::uint8_t, 16> Address{0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1};

pipeline::Settings settings_of(LogLevel level) {
  pipeline::Settings settings;
  settings.log_levels = {level};
  return settings;
}

class Rig {
 public:
  explicit Rig(LogLevel level, std::size_t cells = 1024) : ring(cells), rig({Rules}, {}, settings_of(level)) {
    rig.pipeline().log_to(ring);
  }
  // What the log is told of one question; upstream answers it if it is asked.
  std::vector<QueryRecord> ask(const char* name, const char* client = "10.0.0.1") {
    rig.ask(test::to_wire(test::ClientQuery{.name = name}), client);
    if (!rig.asked_upstream().empty()) rig.reply(1, Address);
    std::vector<QueryRecord> out;
    for (QueryRecord record; ring.pop(record);) out.push_back(record);
    return out;
  }

  stats::QueryRing ring;
  test::PipelineRig rig;
};

std::string name_of(const QueryRecord& record) {
  const auto name = dns::Name::from_wire(record.name());
  return name ? name->text() : std::string{};
}

void check_row(const QueryRecord& record, LogVerdict verdict, policy::RuleIndex rule, const char* name) {
  CHECK(record.kind == QueryHead::Kind::Row);
  CHECK(record.verdict == verdict);
  CHECK(record.rule == rule);
  CHECK(name_of(record) == name);
  CHECK(record.client_kind == Client::V4);
  CHECK(record.address() == IpAddress::parse("10.0.0.1").value());
}

void check_count(const QueryRecord& record, LogVerdict verdict, policy::RuleIndex rule) {
  CHECK(record.kind == QueryHead::Kind::Count);
  CHECK(record.verdict == verdict);
  CHECK(record.rule == rule);
  CHECK((record.client_kind == Client::Unknown || record.client_kind == Client::Device));
}

}  // namespace

TEST_CASE("the level none tells nothing", "[pipeline]") {
  Rig rig{LogLevel::None};
  for (const char* name : {"chatgpt.com", "good.chatgpt.com", "watched.example", "www.example", "_dns.resolver.arpa"}) {
    CHECK(rig.ask(name).empty());
  }
}

TEST_CASE("a group that the settings do not know is not logged", "[pipeline]") {
  stats::QueryRing ring{64};
  test::PipelineRig rig{{Rules}};
  rig.pipeline().log_to(ring);
  rig.ask(test::to_wire(test::ClientQuery{.name = "chatgpt.com"}));
  QueryRecord record;
  CHECK_FALSE(ring.pop(record));
}

TEST_CASE("the level counts tells rule and group, never a name or an address", "[pipeline]") {
  Rig rig{LogLevel::Counts};
  const auto blocked = rig.ask("chatgpt.com");
  REQUIRE(blocked.size() == 1);
  check_count(blocked[0], LogVerdict::Blocked, Block);
  const auto observed = rig.ask("watched.example");
  REQUIRE(observed.size() == 1);
  check_count(observed[0], LogVerdict::Observed, Observe);
  CHECK(observed[0].client_kind == Client::Device);
  for (const auto& record : {blocked[0], observed[0]}) CHECK(record.name_size == 0);
  CHECK(rig.ask("www.example").empty());
  CHECK(rig.ask("good.chatgpt.com").empty());
}

TEST_CASE("the level blocked tells blocked questions with name and address, and no other", "[pipeline]") {
  Rig rig{LogLevel::Blocked};
  const auto blocked = rig.ask("A.chatgpt.com");
  REQUIRE(blocked.size() == 1);
  check_row(blocked[0], LogVerdict::Blocked, Block, "a.chatgpt.com");
  const auto observed = rig.ask("watched.example");
  REQUIRE(observed.size() == 1);
  check_count(observed[0], LogVerdict::Observed, Observe);
  CHECK(name_of(observed[0]) == "watched.example");
  CHECK(rig.ask("www.example").empty());
  CHECK(rig.ask("good.chatgpt.com").empty());
}

TEST_CASE("the level all tells every question, an observed one also as a count", "[pipeline]") {
  Rig rig{LogLevel::All};
  auto told = rig.ask("chatgpt.com");
  REQUIRE(told.size() == 1);
  check_row(told[0], LogVerdict::Blocked, Block, "chatgpt.com");
  CHECK(told[0].outcome == static_cast<std::uint8_t>(Counter::blocked));

  told = rig.ask("good.chatgpt.com");
  REQUIRE(told.size() == 1);
  check_row(told[0], LogVerdict::Allowed, Allow, "good.chatgpt.com");

  told = rig.ask("www.example");
  REQUIRE(told.size() == 1);
  check_row(told[0], LogVerdict::None, policy::NoRule, "www.example");
  CHECK(told[0].outcome == static_cast<std::uint8_t>(Counter::forwarded));
  CHECK(rig.ask("www.example").at(0).outcome == static_cast<std::uint8_t>(Counter::cached));

  told = rig.ask("watched.example");
  REQUIRE(told.size() == 2);
  check_count(told[0], LogVerdict::Observed, Observe);
  check_row(told[1], LogVerdict::Observed, Observe, "watched.example");
}

TEST_CASE("an address that is mapped into IPv6 is logged as the one it stands for", "[pipeline]") {
  Rig rig{LogLevel::All};
  const auto told = rig.ask("chatgpt.com", "::ffff:10.0.0.1");
  REQUIRE(told.size() == 1);
  check_row(told[0], LogVerdict::Blocked, Block, "chatgpt.com");
}

TEST_CASE("a search for encrypted resolvers is counted without a name", "[pipeline]") {
  Rig rig{LogLevel::Counts};
  const auto told = rig.ask("_dns.resolver.arpa");
  REQUIRE(told.size() == 1);
  CHECK(told[0].discovery);
  CHECK(told[0].name_size == 0);
  CHECK(told[0].client_kind == Client::Unknown);
}

TEST_CASE("the server's own question is in no log", "[pipeline]") {
  Rig rig{LogLevel::All};
  CHECK(rig.ask("aven-probe.invalid").empty());
  CHECK(rig.ask("other.invalid").size() == 1);
}

TEST_CASE("what is no question, and what a flood would repeat, is counted only", "[pipeline]") {
  Rig rig{LogLevel::All};
  rig.rig.ask(test::Bytes{0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto query = test::to_wire(test::ClientQuery{.name = "slow.example"});
  rig.rig.ask(query);
  rig.rig.ask(query);  // a repeat of what is still waiting
  CHECK(rig.rig.count(Counter::malformed) == 1);
  CHECK(rig.rig.count(Counter::repeated) == 1);
  QueryRecord record;
  CHECK_FALSE(rig.ring.pop(record));
}

TEST_CASE("a full ring loses records, which are counted, and no answer", "[pipeline]") {
  Rig rig{LogLevel::All, 8};
  const auto query = test::to_wire(test::ClientQuery{.name = "chatgpt.com"});
  for (int i = 0; i < 100; ++i) rig.rig.ask(query);
  CHECK(rig.rig.count(Counter::answered) == 100);
  CHECK(rig.rig.count(Counter::log_dropped) > 80);
}
