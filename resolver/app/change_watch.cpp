#include "app/change_watch.h"

#include <array>
#include <memory>
#include <utility>

#include "app/journal_line.h"

namespace aven::app {
namespace {

ChangeRecord change(ChangeKind kind, std::string cause) {
  ChangeRecord record;
  record.kind = kind;
  record.cause = std::move(cause);
  return record;
}

const char* cause_of(server::LoadReason reason) {
  static constexpr std::array<const char*, 3> Causes{"signal", "file_change", "request"};
  return Causes[static_cast<std::size_t>(reason)];
}

// The first errors of a refused set: enough to know why.
void add_errors(ChangeRecord& record, const policy::Problems& problems) {
  constexpr std::size_t Most = 5;
  std::size_t errors = 0;
  for (const auto& problem : problems) {
    if (problem.severity != policy::Severity::Error) continue;
    if (++errors <= Most) record.details.emplace_back("error_" + std::to_string(errors), policy::to_text(problem));
  }
  record.details.emplace_back("errors", std::to_string(errors));
}

}  // namespace

void ChangeWatch::tell_list(const ListUpdate& list, const std::string& cause, const std::string& before) {
  auto told = change(ChangeKind::ListUpdated, cause);
  told.policy_before = before;
  told.policy_after = policy_;
  told.details = {{"list", list.file},
                  {"names_before", std::to_string(list.names_before)},
                  {"names", std::to_string(list.names)},
                  {"sha256", list.sha256}};
  journal_.record(std::move(told));
}

// A rollback is told as such when it begins, and when it is over.
void ChangeWatch::tell_accepted(std::string cause, const std::string& before, News news) {
  const bool begins = news.rolled_back && before != policy_;
  for (const auto& list : news.lists) tell_list(list, cause, before);
  auto told = change(begins ? ChangeKind::RolledBack : ChangeKind::PolicyAccepted, std::move(cause));
  told.account = begins ? news.rolled_back->account : std::exchange(account_, {});
  told.reason = begins ? news.rolled_back->reason : std::exchange(reason_, {});
  told.policy_before = before;
  told.policy_after = policy_;
  told.rules = std::move(news.rules);
  if (rolled_back_ && !news.rolled_back) told.details.emplace_back("rollback", "ended");
  rolled_back_ = news.rolled_back.has_value();
  journal_.record(std::move(told));
}

void ChangeWatch::started(const server::Loaded& first, const Before& before, News news, std::string version) {
  policy_ = first.policy->id();
  auto start = change(ChangeKind::Started, "start");
  start.policy_after = policy_;
  start.details.emplace_back("version", std::move(version));
  if (before.policy == policy_) {
    journal_.record(std::move(start));
    rolled_back_ = news.rolled_back.has_value();
    const WallTime now = read_wall_time();
    const auto& calendar = *first.calendar;
    if (before.at >= now) return;
    return tell_turns(*first.policy, states(*first.policy, calendar, before.at), states(*first.policy, calendar, now),
                      "while Aven did not run");
  }
  start.policy_after = before.policy;
  journal_.record(std::move(start));
  tell_accepted("start", before.policy, std::move(news));
}

void ChangeWatch::stopped() {
  auto stop = change(ChangeKind::Stopped, "signal");
  stop.policy_before = policy_;
  journal_.record(std::move(stop));
}

void ChangeWatch::asked_by(std::string account, std::string reason) {
  account_ = std::move(account);
  reason_ = std::move(reason);
}

void ChangeWatch::loaded(server::LoadReason reason, const server::Loaded& result, News news) {
  if (result.usable()) {
    const std::string before = std::exchange(policy_, result.policy->id());
    return tell_accepted(cause_of(reason), before, std::move(news));
  }
  auto told = change(ChangeKind::PolicyRefused, cause_of(reason));
  told.account = std::exchange(account_, {});
  told.reason = std::exchange(reason_, {});
  told.policy_before = told.policy_after = policy_;  // what runs stays
  add_errors(told, result.problems);
  journal_.record(std::move(told));
}

std::vector<bool> ChangeWatch::states(const policy::Policy& policy, const policy::Calendar& calendar,
                                      WallTime at) const {
  std::vector<bool> on(policy.rule_count());
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const auto& rule = policy.rule(i);
    on[i] = rule.mode != policy::Mode::Off && (rule.validity.always() || calendar.at(rule.validity, at).on);
  }
  return on;
}

void ChangeWatch::tell_turns(const policy::Policy& policy, const std::vector<bool>& before,
                             const std::vector<bool>& after, const char* detail) {
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    if (before[i] == after[i]) continue;
    auto turn = change(after[i] ? ChangeKind::RuleStarted : ChangeKind::RuleEnded, "calendar");
    turn.rule = policy.rule(i).full_id();
    turn.policy_before = turn.policy_after = policy.id();
    if (detail != nullptr) turn.details.emplace_back("when", detail);
    journal_.record(std::move(turn));
  }
}

void ChangeWatch::watch_clock(const server::Current& current, WallTime now) {
  if (current.clock_believed == clock_believed_) return;
  clock_believed_ = current.clock_believed;
  auto told = change(clock_believed_ ? ChangeKind::ClockBelieved : ChangeKind::ClockImplausible, "clock");
  told.details.emplace_back("clock", utc_text(now));
  journal_.record(std::move(told));
}

void ChangeWatch::each_second(const server::Current& current, WallTime now) {
  watch_clock(current, now);
  if (current.activity == activity_ || !current.clock_believed) return;
  auto on = states(*current.policy, *current.calendar, now);
  const bool same_policy = activity_ && activity_->generation() == current.policy->generation();
  if (same_policy) tell_turns(*current.policy, on_, on, nullptr);
  on_ = std::move(on);
  activity_ = current.activity;
}

}  // namespace aven::app
