#include "app/history_words.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

JournalLine line_of(ChangeKind kind, const std::string& cause) {
  JournalLine line;
  line.at = *parse_utc("2026-11-24T12:00:00Z");
  line.local = "2026-11-24T13:00:00+01:00";
  line.change.kind = kind;
  line.change.cause = cause;
  return line;
}

JournalFinding finding(JournalFinding::Kind kind) {
  return {kind, "000001-2026.jsonl", 7, 8, 9};
}

}  // namespace

TEST_CASE("a pause in words, in English and French", "[app]") {
  auto line = line_of(ChangeKind::Paused, "request");
  line.change.group = "agents";
  line.change.until = parse_utc("2026-11-24T12:30:00Z");
  line.change.account = "alice (uid 1000)";
  line.change.reason = "the intranet is down";
  line.change.details = {{"number", "3"}, {"by", "Mme Durand"}};
  CHECK(to_words(line, Language::En) ==
        "2026-11-24 13:00:00  blocking paused (on request), group agents, until 2026-11-24T12:30:00Z, by alice (uid "
        "1000), reason: the intranet is down, number 3, decided by Mme Durand\n");
  CHECK(to_words(line, Language::Fr) ==
        "2026-11-24 13:00:00  blocage suspendu (sur demande), groupe agents, jusqu'à 2026-11-24T12:30:00Z, par alice "
        "(uid 1000), motif : the intranet is down, numéro 3, décidé par Mme Durand\n");
}

TEST_CASE("a new policy is told with what changed in its rules", "[app]") {
  auto line = line_of(ChangeKind::PolicyAccepted, "file_change");
  line.change.policy_before = std::string(64, 'a');
  line.change.policy_after = std::string(64, 'b');
  line.change.rules = {
      {RuleChange::Kind::Changed,
       "p/r",
       {{"valid_until", "2027-03-31", "2027-06-30"}, {"domains", "", "new.example"}, {"groups", "x", ""}}},
      {RuleChange::Kind::Removed, "p/gone", {}}};
  CHECK(to_words(line, Language::En) ==
        "2026-11-24 13:00:00  new policy in force (files changed), policy aaaaaaaaaaaa -> bbbbbbbbbbbb\n"
        "    changed p/r:\n"
        "      valid_until  2027-03-31 -> 2027-06-30\n"
        "      domains  + new.example\n"
        "      groups  - x\n"
        "    removed p/gone\n");
  CHECK(to_words(line, Language::Fr).find("    modifiée p/r :\n") != std::string::npos);
}

TEST_CASE("log-ins, looks at the log and new lists in words", "[app]") {
  auto login = line_of(ChangeKind::LoggedIn, "request");
  login.change.account = "marie";
  CHECK(to_words(login, Language::En) == "2026-11-24 13:00:00  log-in (on request), by marie\n");
  CHECK(to_words(login, Language::Fr) == "2026-11-24 13:00:00  connexion (sur demande), par marie\n");
  auto look = line_of(ChangeKind::QueryLogViewed, "request");
  look.change.account = "marie";
  look.change.details = {{"what", "queries"}};
  CHECK(to_words(look, Language::En) ==
        "2026-11-24 13:00:00  query log looked at (on request), by marie, what: stored questions\n");
  CHECK(
      to_words(look, Language::Fr) ==
      "2026-11-24 13:00:00  journal des requêtes consulté (sur demande), par marie, objet : questions enregistrées\n");
  auto list = line_of(ChangeKind::ListUpdated, "file_change");
  list.change.details = {{"list", "lists/ut1"}, {"names_before", "10"}, {"names", "12"}};
  CHECK(to_words(list, Language::Fr) ==
        "2026-11-24 13:00:00  liste mise à jour (fichiers modifiés), liste lists/ut1, noms auparavant : 10, noms à "
        "présent : 12\n");
}

TEST_CASE("a rule that starts by the calendar, and a clock that was accepted", "[app]") {
  auto start = line_of(ChangeKind::RuleStarted, "calendar");
  start.change.rule = "p/r";
  CHECK(to_words(start, Language::En) == "2026-11-24 13:00:00  rule starts p/r (by the calendar)\n");
  CHECK(to_words(start, Language::Fr) == "2026-11-24 13:00:00  la règle commence p/r (selon le calendrier)\n");
  auto clock = line_of(ChangeKind::ClockBelieved, "request");
  clock.change.details = {{"clock", "2026-11-24T12:00:00Z"}, {"instead_of", "2027-11-24T12:00:00Z"}};
  CHECK(to_words(clock, Language::En) ==
        "2026-11-24 13:00:00  the clock is believed again (on request), the clock showed 2026-11-24T12:00:00Z, instead "
        "of "
        "2027-11-24T12:00:00Z\n");
}

TEST_CASE("without a local time the moment is told in UTC, and unknown details as they are", "[app]") {
  auto line = line_of(ChangeKind::Stopped, "signal");
  line.local.clear();
  line.change.details = {{"new_key", "value"}};
  CHECK(to_words(line, Language::En) == "2026-11-24T12:00:00Z  Aven stopped (by a signal), new_key=value\n");
}

TEST_CASE("what is wrong with a journal, in words", "[app]") {
  using Kind = JournalFinding::Kind;
  CHECK(to_words(finding(Kind::Changed), Language::En) == "line 7 of 000001-2026.jsonl: CHANGED after it was written");
  CHECK(to_words(finding(Kind::Gap), Language::En) == "line 7 of 000001-2026.jsonl: MISSING before it: number 8-9");
  CHECK(to_words(finding(Kind::Cut), Language::Fr) ==
        "ligne 7 de 000001-2026.jsonl : COUPÉ : confirmé et disparu ensuite : numéro 8-9");
  for (const auto kind : {Kind::Unreadable, Kind::NoLine, Kind::NoHead, Kind::Healed, Kind::Open}) {
    CHECK(to_words(finding(kind), Language::En) != to_words(finding(kind), Language::Fr));
  }
}
