#include "app/journal_line.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

JournalLine full_line() {
  JournalLine line;
  line.number = 7;
  line.before = std::string(64, 'a');
  line.at = *parse_utc("2026-11-24T12:00:00Z");
  line.local = "2026-11-24T13:00:00+01:00";
  line.zone = "Europe/Paris";
  ChangeRecord& change = line.change;
  change.kind = ChangeKind::PolicyAccepted;
  change.cause = "file_change";
  change.account = "alice (uid 1000)";
  change.reason = "line one\nline \"two\" \xff";
  change.rule = "chatgpt/chatgpt";
  change.group = "agents";
  change.until = *parse_utc("2026-11-24T14:00:00Z");
  change.policy_before = "b";
  change.policy_after = "c";
  change.rules = {{RuleChange::Kind::Changed, "chatgpt/chatgpt", {{"valid_until", "2027-03-31", ""}}},
                  {RuleChange::Kind::Removed, "old/rule", {}}};
  change.details = {{"problems", "3"}};
  return line;
}

}  // namespace

TEST_CASE("a line is one line, and comes back as it was", "[app]") {
  const std::string text = to_text(full_line());
  CHECK(text.find('\n') == std::string::npos);
  const auto line = parse_journal_line(text);
  REQUIRE(line);
  CHECK(to_text(*line) == text);
  CHECK(line->number == 7);
  CHECK(line->at == full_line().at);
  CHECK(line->change.kind == ChangeKind::PolicyAccepted);
  CHECK(line->change.reason == "line one\nline \"two\" \xef\xbf\xbd");
  CHECK(line->change.until == full_line().change.until);
  REQUIRE(line->change.rules.size() == 2);
  CHECK(line->change.rules[0].fields[0].before == "2027-03-31");
  CHECK(line->change.rules[1].kind == RuleChange::Kind::Removed);
  CHECK(line->change.details == full_line().change.details);
}

TEST_CASE("a line stays short whatever is told", "[app]") {
  JournalLine line = full_line();
  line.change.reason = std::string(1U << 20, 'x');
  line.change.rules.assign(5000, {RuleChange::Kind::Added, "a/b", {}});
  const std::string text = to_text(line);
  CHECK(text.size() < 50'000);
  CHECK(text.find("1048576 octets") != std::string::npos);
  CHECK(text.find("\"rules_in_all\":5000") != std::string::npos);
  CHECK(parse_journal_line(text));
}

TEST_CASE("what is no line is read as nothing", "[app]") {
  const std::string good = to_text(full_line());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(parse_journal_line(good.substr(0, size)));
  for (const char* text : {"[]", "7", "{}", R"({"n":"1","prev":"","at":"2026-11-24T12:00:00Z","event":"started"})",
                           R"({"n":1,"prev":"","at":"yesterday","event":"started"})",
                           R"({"n":1,"prev":"","at":"2026-11-24T12:00:00Z","event":"unheard"})",
                           R"({"n":1,"prev":"","at":"2026-11-24T12:00:00Z","event":"started","rules":7})",
                           R"({"n":1,"prev":"","at":"2026-11-24T12:00:00Z","event":"started","details":{"a":1}})"}) {
    CHECK_FALSE(parse_journal_line(text));
  }
}

TEST_CASE("moments of UTC are read whole or not at all", "[app]") {
  CHECK(utc_text(*parse_utc("2026-02-28T23:59:59Z")) == "2026-02-28T23:59:59Z");
  for (const char* text : {"", "2026-02-28", "2026-02-28T23:59:59", "2026-02-28T23:59:59Z ", "2026-13-28T23:59:59Z"}) {
    CHECK_FALSE(parse_utc(text));
  }
}
