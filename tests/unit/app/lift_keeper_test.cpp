#include "app/lift_keeper.h"

#include <catch2/catch.hpp>

#include "unit/app/journal_support.h"
#include "unit/app/temp_folder.h"

using namespace aven;
using namespace aven::app;
using namespace std::chrono_literals;
using policy::Exemption;
using policy::Pause;
using policy::PauseScope;

namespace {

constexpr WallTime Start{std::chrono::seconds{1'795'500'000}};
constexpr auto KeepEnded = 10h;

struct Scene {
  TempFolder folder;
  RememberingSink journal;
  policy::Lifts used;
  LiftKeeper keeper = make();

  LiftKeeper make() {
    return LiftKeeper{folder / "state", KeepEnded, journal, [this](const policy::Lifts& lifts) { used = lifts; }};
  }
  Pause pause(PauseScope scope, const std::string& target, std::chrono::seconds span) {
    return {scope, target, {0, Start, Start + span, "why", "who"}};
  }
  Exemption exemption(std::chrono::seconds span) {
    return {"p/r", *IpAddress::parse("10.10.4.17"), {0, Start, Start + span, "why", "who"}};
  }
};

}  // namespace

TEST_CASE("a pause is in force at once, told, and survives a restart", "[app]") {
  Scene scene;
  scene.keeper.start(Start);
  const auto number = scene.keeper.pause(scene.pause(PauseScope::Rule, "p/r", 30min), "alice (uid 1000)");
  REQUIRE(scene.used.pauses.size() == 1);
  CHECK(scene.used.pauses[0].record.number == number);
  REQUIRE(scene.journal.changes.size() == 1);
  CHECK(scene.journal.changes[0].kind == ChangeKind::Paused);
  CHECK(scene.journal.changes[0].account == "alice (uid 1000)");
  CHECK(scene.journal.changes[0].rule == "p/r");
  CHECK(scene.journal.changes[0].reason == "why");
  CHECK(scene.journal.changes[0].until == Start + 30min);

  const auto before = scene.used;
  scene.used = {};
  auto restarted = scene.make();
  restarted.start(Start + 29min);
  CHECK(scene.used == before);
  restarted.each_second(Start + 30min);
  CHECK(scene.used.pauses.empty());
  CHECK(scene.journal.changes.back().kind == ChangeKind::Resumed);
  CHECK(scene.journal.changes.back().account.empty());
}

TEST_CASE("what ended while Aven was off is not in force again, and is told", "[app]") {
  Scene scene;
  scene.keeper.pause(scene.pause(PauseScope::All, "", 30min), "a");
  scene.keeper.exempt(scene.exemption(20min), "a");
  auto restarted = scene.make();
  restarted.start(Start + 1h);
  CHECK(scene.used == policy::Lifts{});
  CHECK(restarted.kept().ended.size() == 1);
  CHECK(scene.journal.changes.size() == 4);
}

TEST_CASE("a second pause of the same takes the place of the first, others stay", "[app]") {
  Scene scene;
  scene.keeper.pause(scene.pause(PauseScope::Group, "agents", 30min), "a");
  scene.keeper.pause(scene.pause(PauseScope::Group, "agents", 60min), "a");
  scene.keeper.pause(scene.pause(PauseScope::Rule, "agents", 60min), "a");
  REQUIRE(scene.used.pauses.size() == 2);
  CHECK(scene.used.pauses[0].record.until == Start + 60min);
  CHECK(scene.keeper.resume([](const Pause& one) { return one.scope == PauseScope::Group; }, "a") == 1);
  CHECK(scene.used.pauses.size() == 1);
  CHECK(scene.keeper.resume([](const Pause& one) { return one.scope == PauseScope::Group; }, "a") == 0);
}

TEST_CASE("an exemption ends, is remembered, and is forgotten", "[app]") {
  Scene scene;
  const auto number = scene.keeper.exempt(scene.exemption(2h), "a");
  scene.keeper.exempt(scene.exemption(3h), "a");
  CHECK(scene.used.exemptions.size() == 2);
  CHECK(scene.keeper.end_exemption(number, Start + 1h, "b"));
  CHECK_FALSE(scene.keeper.end_exemption(number, Start + 1h, "b"));
  CHECK(scene.used.exemptions.size() == 1);
  REQUIRE(scene.keeper.kept().ended.size() == 1);
  CHECK(scene.keeper.kept().ended[0].record.until == Start + 1h);
  scene.keeper.each_second(Start + 3h);
  CHECK(scene.keeper.kept().ended.size() == 2);
  scene.keeper.each_second(Start + 1h + KeepEnded);
  CHECK(scene.keeper.kept().ended.size() == 1);
  scene.keeper.each_second(Start + 3h + KeepEnded);
  CHECK(scene.keeper.kept().ended.empty());
}

TEST_CASE("no record of an exemption names the client", "[app]") {
  Scene scene;
  scene.keeper.end_exemption(scene.keeper.exempt(scene.exemption(2h), "a"), Start, "a");
  REQUIRE(scene.journal.changes.size() == 2);
  for (const auto& change : scene.journal.changes) {
    for (const auto& [key, value] : change.details) CHECK(value.find("10.10.4.17") == std::string::npos);
    CHECK(change.rule == "p/r");
  }
}

TEST_CASE("what cannot be written is in force all the same, and is a problem", "[app]") {
  Scene scene;
  scene.folder.write("state", "a file where the folder should be");
  scene.keeper.pause(scene.pause(PauseScope::All, "", 30min), "a");
  CHECK(scene.used.pauses.size() == 1);
  CHECK(scene.keeper.problem());
}
