#include "app/change_watch.h"

#include "unit/app/journal_support.h"
#include "unit/policy/rules_from_text.h"

using namespace aven;
using namespace aven::app;
using namespace std::chrono_literals;
using test::Compiled;
using test::Noon;
using test::pack_of;

namespace {

constexpr const char* Until15 =
    R"({"id": "r", "action": "sinkhole", "domains": ["a.example"], "valid_until": "2023-11-15T15:00"})";
constexpr const char* OfficeHours = R"({"id": "r", "action": "sinkhole", "domains": ["a.example"],
  "schedule": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}]})";

// A server's control in virtual time: it makes a new activity when the last one is over, as server/server does.
struct Scene {
  Compiled compiled;
  policy::Calendar calendar = policy::Calendar::for_zone("UTC").value();
  RememberingSink journal;
  ChangeWatch watch{journal};
  server::Current current;
  WallTime now = Noon;

  explicit Scene(const std::string& rules) : compiled{{pack_of(rules)}} {
    current.policy = std::shared_ptr<const policy::Policy>{std::shared_ptr<void>{}, &*compiled};
    current.calendar = calendar;
    evaluate();
    second();
  }

  void evaluate() {
    current.activity = std::make_shared<policy::Activity>(*current.policy, calendar, now, Tick{now.time_since_epoch()});
  }
  void second() {
    if (Tick{now.time_since_epoch()} >= current.activity->next_change() && current.clock_believed) evaluate();
    watch.each_second(current, now);
  }
  // The seconds around each change matter, so none is left out.
  void pass(std::chrono::seconds span) {
    for (const WallTime end = now + span; now < end;) {
      now += 1s;
      second();
    }
  }

  server::Loaded loaded() const {
    server::Loaded result;
    result.policy = current.policy;
    result.calendar = calendar;
    result.upstreams = std::make_shared<const upstream::UpstreamSet>();
    result.settings = std::make_shared<const pipeline::Settings>();
    return result;
  }

  // "rule_ended p/r"
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& change : journal.changes) {
      out.push_back(std::string{key(change.kind)} + (change.rule.empty() ? "" : ' ' + change.rule));
    }
    return out;
  }
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a rule that ends by the calendar is told once, when it ends", "[app]") {
  Scene scene{Until15};
  scene.pass(3h - 1s);
  CHECK(scene.told().empty());
  scene.pass(1s);
  CHECK(scene.told() == Told{"rule_ended p/r"});
  scene.pass(24h);
  REQUIRE(scene.told() == Told{"rule_ended p/r"});
  CHECK(scene.journal.changes[0].cause == "calendar");
  CHECK(scene.journal.changes[0].policy_after == scene.compiled->id());
}

TEST_CASE("a schedule starts and ends each working day", "[app]") {
  Scene scene{OfficeHours};  // Wednesday, noon
  scene.pass(48h);
  CHECK(scene.told() == Told{"rule_ended p/r", "rule_started p/r", "rule_ended p/r", "rule_started p/r"});
  scene.pass(60h);  // Sunday, midnight
  CHECK(scene.told().size() == 5);
  CHECK(scene.told().back() == "rule_ended p/r");
}

TEST_CASE("a rule that is off never turns", "[app]") {
  Scene scene{R"({"id": "r", "action": "sinkhole", "mode": "off", "domains": ["a.example"],
                  "valid_until": "2023-11-15T15:00"})"};
  scene.pass(4h);
  CHECK(scene.told().empty());
}

TEST_CASE("a clock that is not believed turns no rule, and is told when it changes", "[app]") {
  Scene scene{Until15};
  scene.current.clock_believed = false;
  scene.pass(4h);
  CHECK(scene.told() == Told{"clock_implausible"});
  scene.current.clock_believed = true;
  scene.pass(2s);
  CHECK(scene.told() == Told{"clock_implausible", "clock_believed", "rule_ended p/r"});
}

TEST_CASE("what turned while Aven did not run is told at the start", "[app]") {
  Scene scene{OfficeHours};
  const ChangeWatch::Before before{scene.compiled->id(), Noon};
  ChangeWatch watch{scene.journal};
  watch.started(scene.loaded(), before, {}, "1");  // now is years later, at some hour
  const auto told = scene.told();
  REQUIRE_FALSE(told.empty());
  CHECK(told[0] == "started");
  CHECK(scene.journal.changes[0].details[0] == std::pair<std::string, std::string>{"version", "1"});
}

TEST_CASE("a start with another policy tells what it changes, and which lists are new", "[app]") {
  Scene scene{Until15};
  ChangeWatch::News news;
  news.rules = {{RuleChange::Kind::Added, "p/r", {}}};
  news.lists = {{"lists/ut1", std::string(64, 'c'), 10, 12}};
  scene.watch.started(scene.loaded(), {"before", Noon}, std::move(news), "1");
  REQUIRE(scene.told() == Told{"started", "list_updated", "policy_accepted"});
  CHECK(scene.journal.changes[0].policy_after == "before");
  CHECK(scene.journal.changes[1].details[2] == std::pair<std::string, std::string>{"names", "12"});
  CHECK(scene.journal.changes[2].policy_before == "before");
  CHECK(scene.journal.changes[2].policy_after == scene.compiled->id());
  CHECK(scene.journal.changes[2].rules.size() == 1);
}

TEST_CASE("a policy is told with who asked for it and why, once", "[app]") {
  Scene scene{Until15};
  scene.watch.asked_by("alice (uid 1000)", "new names");
  scene.watch.loaded(server::LoadReason::Request, scene.loaded(), {});
  scene.watch.loaded(server::LoadReason::FileChange, scene.loaded(), {});
  REQUIRE(scene.told() == Told{"policy_accepted", "policy_accepted"});
  CHECK(scene.journal.changes[0].cause == "request");
  CHECK(scene.journal.changes[0].account == "alice (uid 1000)");
  CHECK(scene.journal.changes[0].reason == "new names");
  CHECK(scene.journal.changes[1].cause == "file_change");
  CHECK(scene.journal.changes[1].account.empty());
}

TEST_CASE("a refused set is told with its first errors, and the policy stays", "[app]") {
  Scene scene{Until15};
  scene.watch.loaded(server::LoadReason::Signal, scene.loaded(), {});
  server::Loaded refused;
  for (int i = 0; i < 8; ++i) refused.problems.push_back({"f", "", std::to_string(i), policy::Severity::Error});
  refused.problems.push_back({"f", "", "a warning", policy::Severity::Warning});
  scene.watch.loaded(server::LoadReason::Signal, refused, {});
  const auto& told = scene.journal.changes.back();
  CHECK(told.kind == ChangeKind::PolicyRefused);
  CHECK(told.policy_after == scene.compiled->id());
  CHECK(told.details.size() == 6);
  CHECK(told.details.back() == std::pair<std::string, std::string>{"errors", "8"});
}

TEST_CASE("a rollback is told when it begins and when it ends", "[app]") {
  Scene scene{Until15};
  ChangeWatch::News back;
  back.rolled_back = RollbackMark{"x", "the list was wrong", "bob (uid 1001)", Noon, ""};
  scene.watch.loaded(server::LoadReason::Request, scene.loaded(), back);
  scene.watch.loaded(server::LoadReason::FileChange, scene.loaded(), {});
  REQUIRE(scene.told() == Told{"rolled_back", "policy_accepted"});
  CHECK(scene.journal.changes[0].reason == "the list was wrong");
  CHECK(scene.journal.changes[0].account == "bob (uid 1001)");
  CHECK(scene.journal.changes[1].details == std::vector<std::pair<std::string, std::string>>{{"rollback", "ended"}});
}

TEST_CASE("the end is told with the policy that ran", "[app]") {
  Scene scene{Until15};
  scene.watch.loaded(server::LoadReason::Signal, scene.loaded(), {});
  scene.watch.stopped();
  CHECK(scene.journal.changes.back().kind == ChangeKind::Stopped);
  CHECK(scene.journal.changes.back().policy_before == scene.compiled->id());
}
