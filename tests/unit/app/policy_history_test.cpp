#include "app/policy_history.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::app;

namespace {

JournalLine line(const char* at, ChangeKind kind, std::string policy) {
  JournalLine out;
  out.at = *parse_utc(at);
  out.change.kind = kind;
  out.change.policy_after = std::move(policy);
  return out;
}

const std::vector<JournalLine> Lines{
    line("2026-01-01T08:00:00Z", ChangeKind::PolicyAccepted, "a"),
    line("2026-01-02T08:00:00Z", ChangeKind::PolicyAccepted, "b"),
    line("2026-01-03T08:00:00Z", ChangeKind::Stopped, ""),
    line("2026-01-04T08:00:00Z", ChangeKind::Started, "b"),
    line("2026-01-05T08:00:00Z", ChangeKind::PolicyRefused, "b"),
    line("2026-01-06T08:00:00Z", ChangeKind::RolledBack, "a"),
};

std::optional<PolicyInForce> at(const char* time) {
  return policy_in_force(Lines, *parse_utc(time));
}

}  // namespace

TEST_CASE("the journal tells which policy was in force, and since when", "[app]") {
  CHECK_FALSE(at("2026-01-01T07:59:59Z"));
  CHECK(at("2026-01-01T08:00:00Z")->id == "a");
  CHECK(at("2026-01-02T12:00:00Z")->id == "b");
  CHECK(at("2026-01-03T12:00:00Z")->id == "b");
  CHECK_FALSE(at("2026-01-03T12:00:00Z")->running);
  CHECK(at("2026-01-05T12:00:00Z")->running);
  CHECK(utc_text(at("2026-01-05T12:00:00Z")->since) == "2026-01-02T08:00:00Z");
  CHECK(at("2026-01-06T12:00:00Z")->id == "a");
}

TEST_CASE("the last policy, and the one before it", "[app]") {
  CHECK(last_policy(Lines)->id == "a");
  CHECK(policy_before_last(Lines)->id == "b");
  CHECK_FALSE(policy_before_last({Lines[0]}));
  CHECK_FALSE(last_policy({}));
}

TEST_CASE("what was written while the clock was ahead happened before it was accepted", "[app]") {
  auto accepted = line("2026-06-01T08:00:00Z", ChangeKind::ClockBelieved, "");
  accepted.change.cause = "request";
  const std::vector<JournalLine> lines{line("2026-01-01T08:00:00Z", ChangeKind::PolicyAccepted, "a"),
                                       line("2027-01-01T08:00:00Z", ChangeKind::PolicyAccepted, "b"), accepted,
                                       line("2026-07-01T08:00:00Z", ChangeKind::PolicyAccepted, "c")};
  const auto then = [&](const char* time) { return policy_in_force(lines, *parse_utc(time))->id; };
  CHECK(then("2026-05-31T08:00:00Z") == "a");
  CHECK(then("2026-06-02T08:00:00Z") == "b");
  CHECK(then("2026-07-02T08:00:00Z") == "c");
}
