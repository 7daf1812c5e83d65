#include "app/replay.h"

#include "unit/app/loaded_files.h"

using namespace aven;
using namespace aven::app;
using stats::LogVerdict;

namespace {

constexpr const char* Settings = R"({"upstreams": {"default": {"servers": ["192.0.2.1"]}}, "timezone": "Europe/Paris",
  "allow_from": ["10.0.0.0/8"], "groups": {"agents": ["10.10.0.0/16"]},
  "records": ["printer.ville.example. 300 IN A 10.10.1.9"]})";
const WallTime Tuesday = date::sys_days{date::year{2026} / 11 / 24} + std::chrono::hours{9};

// A proposed set, and the questions of one log.
struct Scene : LoadedFiles {
  std::vector<server::LogRow> rows;

  explicit Scene(const std::string& rules) : LoadedFiles(Settings, rules, Tuesday) {}

  Scene& asked(const std::string& name, const std::string& client, LogVerdict verdict = LogVerdict::None,
               const std::string& rule = "", WallTime at = Tuesday) {
    server::LogRow row;
    row.id = server::first_id_at(at.time_since_epoch() / std::chrono::milliseconds{1}) + rows.size();
    row.client = client;
    row.group = client.starts_with("10.10.") || client.starts_with("p-") ? "agents" : "default";
    row.name = name;
    row.type = 1;
    row.verdict = verdict;
    row.rule = rule;
    rows.push_back(std::move(row));
    return *this;
  }

  Replay run(WallTime from = Tuesday) const {
    Replayer replayer{set, from};
    for (const auto& row : rows) replayer.take(row);
    return replayer.finish();
  }
};

constexpr const char* Ban = R"({"id": "ban", "action": "sinkhole", "domains": ["chat.example"], "groups": ["agents"]})";

}  // namespace

TEST_CASE("what the rules would newly block is counted by rule and group", "[app]") {
  Scene scene{Ban};
  scene.asked("chat.example", "10.10.1.1").asked("www.chat.example", "10.10.1.2").asked("chat.example", "10.20.1.1");
  scene.asked("www.chat.example", "10.10.1.1", LogVerdict::Blocked, "p/old").asked("other.example", "10.10.1.1");
  const auto found = scene.run();
  CHECK(found.lines == 5);
  CHECK(found.judged == 5);
  CHECK_FALSE(found.only_blocked);
  REQUIRE(found.rules.size() == 1);
  CHECK(found.rules.at("p/ban").size() == 1);
  const auto& count = found.rules.at("p/ban").at("agents");
  CHECK(count.blocked == 3);
  CHECK(count.newly_blocked == 2);
  CHECK(count.newly_allowed == 0);
  CHECK(found.newly_blocked.all == 2);
}

TEST_CASE("what is no longer blocked is counted under the rule that blocked it", "[app]") {
  Scene scene{Ban};
  scene.asked("gone.example", "10.10.1.1", LogVerdict::Blocked, "p/gone");
  const auto found = scene.run();
  CHECK(found.only_blocked);
  CHECK(found.rules.at("p/gone").at("agents").newly_allowed == 1);
  REQUIRE(found.newly_allowed.first.size() == 1);
  CHECK(found.newly_allowed.first[0] == std::pair<std::string, std::uint64_t>{"gone.example", 1});
}

TEST_CASE("a rule that holds and does not name what it blocked leaves it unclear", "[app]") {
  Scene scene{Ban};
  scene.asked("alias.example", "10.10.1.1", LogVerdict::Blocked, "p/ban");  // chat.example stood in the reply
  scene.asked("alias.example", "10.20.1.1", LogVerdict::Blocked, "p/ban");  // it does not speak to this client any more
  const auto found = scene.run();
  CHECK(found.rules.at("p/ban").at("agents").unclear == 1);
  CHECK(found.rules.at("p/ban").at("default").newly_allowed == 1);
  CHECK(found.newly_allowed.all == 1);
}

TEST_CASE("a pseudonym is judged as its group, whatever rules say of single clients", "[app]") {
  Scene scene{R"({"id": "ban", "action": "sinkhole", "domains": ["chat.example"], "groups": ["agents"],
                  "except_clients": ["10.10.4.17"]},
                 {"id": "one", "action": "sinkhole", "domains": ["one.example"], "clients": ["10.10.4.18"]})"};
  scene.asked("chat.example", "p-0123456789abcdef").asked("one.example", "p-0123456789abcdef");
  scene.asked("chat.example", "10.10.4.17").asked("one.example", "10.10.4.18");
  scene.rows[0].group = "agents";
  const auto found = scene.run();
  CHECK(found.by_group == 2);
  CHECK(found.rules.at("p/ban").at("agents").blocked == 1);
  CHECK(found.rules.at("p/one").at("agents").blocked == 1);
}

TEST_CASE("a question that the rules are not asked is not judged", "[app]") {
  Scene scene{Ban};
  scene.asked("printer.ville.example", "10.10.1.1").asked("localhost", "10.10.1.1").asked("a.example", "192.0.2.7");
  scene.asked("chat.example", "p-0123456789abcdef");
  scene.rows[3].group = "a group of before";
  const auto found = scene.run();
  CHECK(found.lines == 4);
  CHECK(found.unjudged == 4);
  CHECK(found.judged == 0);
}

TEST_CASE("a question is judged at its hour of the week that begins at the chosen moment", "[app]") {
  Scene scene{R"({"id": "hours", "action": "sinkhole", "domains": ["chat.example"], "valid_from": "2026-12-01",
                  "schedule": [{"days": ["mon"], "from": "08:00", "to": "18:00"}]})"};
  const auto monday = date::sys_days{date::year{2026} / 3 / 2};  // Paris is an hour ahead
  scene.asked("chat.example", "10.10.1.1", LogVerdict::None, "", monday + std::chrono::hours{7});
  scene.asked("chat.example", "10.10.1.1", LogVerdict::None, "", monday + std::chrono::hours{17});
  scene.asked("chat.example", "10.10.1.1", LogVerdict::None, "", monday + std::chrono::hours{24 + 8});
  CHECK(scene.run().sum.blocked == 0);  // it starts on 1 December
  CHECK(scene.run(Tuesday + std::chrono::hours{24 * 7}).sum.blocked == 1);
}

TEST_CASE("what an observed rule would block is counted apart", "[app]") {
  Scene scene{R"({"id": "trial", "action": "sinkhole", "mode": "observe", "domains": ["chat.example"]})"};
  scene.asked("chat.example", "10.10.1.1");
  const auto found = scene.run();
  CHECK(found.sum.blocked == 0);
  CHECK(found.rules.at("p/trial").at("agents").would_block == 1);
}

TEST_CASE("a folder of rules stands in for the configuration's", "[app]") {
  const Scene scene{Ban};
  scene.folder.write("proposed/q.json", R"({"format": 1, "pack": "q", "rules": []})");
  CHECK(scene.loading(scene.folder / "proposed").from_files(1, Tuesday).loaded.policy->rule_count() == 0);
}
