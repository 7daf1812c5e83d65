#include "app/replay_words.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace aven::app;

namespace {

const ReplayFacts Facts{"log.sqlite", std::string(64, 'a'), "2026-11-24", "2026-11-20 08:00", "2026-11-23 18:00"};

Replay a_replay() {
  Replay replay;
  replay.lines = 1000;
  replay.judged = 800;
  replay.unjudged = 200;
  replay.only_blocked = false;
  replay.sum = {40, 20, 3, 0, 0};
  replay.rules["p/ban"]["agents"] = replay.sum;
  replay.newly_blocked = {2, {{"chat.example", 15}, {"www.chat.example", 5}}};
  return replay;
}

}  // namespace

TEST_CASE("the words of a replay, in English and French", "[app]") {
  CHECK(to_words(a_replay(), Facts, Language::En) ==
        "log.sqlite: 1000 questions, from 2026-11-20 08:00 to 2026-11-23 18:00\n"
        "proposed policy aaaaaaaaaaaa, as if asked in the week from 2026-11-24\n"
        "\nblocked 40 (5.0 %), newly 20 (2.5 %); no longer 3\n"
        "\np/ban\n  agents: blocked 40, newly 20; no longer 3\n"
        "\nnewly blocked names: 2\n  chat.example  15\n  www.chat.example  5\n"
        "\n200 not judged: records, special names, clients that may not ask, groups that are no more.\n"
        "Names alone are judged: the log holds no aliases and no addresses of replies.\n");
  const auto french = to_words(a_replay(), Facts, Language::Fr);
  CHECK(french.find("bloquées 40 (5,0 %), nouvellement 20 (2,5 %) ; plus bloquées 3\n") != std::string::npos);
  CHECK(french.find("comme si posées dans la semaine du 2026-11-24") != std::string::npos);
}

TEST_CASE("a log of blocked questions alone says what it cannot show", "[app]") {
  auto replay = a_replay();
  replay.only_blocked = true;
  CHECK(to_words(replay, Facts, Language::En).find("what would be newly blocked does not show") != std::string::npos);
}

TEST_CASE("a replay of an empty log says so and no more", "[app]") {
  CHECK(to_words(Replay{}, Facts, Language::En) ==
        "log.sqlite: 0 questions\nproposed policy aaaaaaaaaaaa, as if asked in the week from 2026-11-24\n");
}

TEST_CASE("a replay as JSON", "[app]") {
  const auto json = nlohmann::json::parse(to_json(a_replay(), Facts));
  CHECK(json["questions"] == 1000);
  CHECK(json["newly_blocked"] == 20);
  CHECK(json["rules"][0]["rule"] == "p/ban");
  CHECK(json["rules"][0]["groups"][0]["group"] == "agents");
  CHECK(json["rules"][0]["groups"][0]["newly_allowed"] == 3);
  CHECK(json["newly_blocked_names"]["first"][0]["asked"] == 15);
  CHECK_FALSE(json.contains("clients"));
}
