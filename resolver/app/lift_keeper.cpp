#include "app/lift_keeper.h"

#include <algorithm>
#include <utility>

namespace aven::app {
namespace {

// Moves what is chosen out of `from`, in order.
template <class T, class Chosen>
std::vector<T> take(std::vector<T>& from, Chosen&& chosen) {
  const auto rest = std::stable_partition(from.begin(), from.end(), [&](const T& one) { return !chosen(one); });
  std::vector<T> taken(std::make_move_iterator(rest), std::make_move_iterator(from.end()));
  from.erase(rest, from.end());
  return taken;
}

ChangeRecord change_of(ChangeKind kind, const policy::LiftRecord& record, const std::string& account) {
  ChangeRecord change;
  change.kind = kind;
  change.cause = account.empty() ? "calendar" : "request";
  change.account = account;
  change.reason = record.reason;
  change.until = record.until;
  change.details = {{"number", std::to_string(record.number)}, {"by", record.by}};
  return change;
}

}  // namespace

LiftKeeper::LiftKeeper(const std::filesystem::path& state_folder, std::chrono::seconds keep_ended, ChangeSink& journal,
                       Use use)
    : file_(state_folder),
      keep_ended_(keep_ended),
      journal_(journal),
      use_(std::move(use)),
      place_(state_folder.string()) {}

void LiftKeeper::start(WallTime now) {
  policy::Problems problems;
  kept_ = file_.load(problems);
  if (!problems.empty()) problem_ = std::move(problems.front());
  each_second(now);
  use_(kept_.lifts);
}

std::uint64_t LiftKeeper::pause(policy::Pause pause, const std::string& account) {
  take(kept_.lifts.pauses,
       [&](const policy::Pause& old) { return old.scope == pause.scope && old.target == pause.target; });
  const auto number = pause.record.number = ++kept_.last_number;
  tell(ChangeKind::Paused, pause, account);
  kept_.lifts.pauses.push_back(std::move(pause));
  changed();
  return number;
}

std::uint64_t LiftKeeper::exempt(policy::Exemption exemption, const std::string& account) {
  const auto number = exemption.record.number = ++kept_.last_number;
  tell(ChangeKind::Exempted, exemption, account);
  kept_.lifts.exemptions.push_back(std::move(exemption));
  changed();
  return number;
}

std::size_t LiftKeeper::resume(const std::function<bool(const policy::Pause&)>& chosen, const std::string& account) {
  const auto ended = take(kept_.lifts.pauses, chosen);
  for (const auto& pause : ended) tell(ChangeKind::Resumed, pause, account);
  if (!ended.empty()) changed();
  return ended.size();
}

bool LiftKeeper::end_exemption(std::uint64_t number, WallTime now, const std::string& account) {
  auto ended = take(kept_.lifts.exemptions,
                    [&](const policy::Exemption& exemption) { return exemption.record.number == number; });
  if (ended.empty()) return false;
  ended.front().record.until = now;
  tell(ChangeKind::ExemptionEnded, ended.front(), account);
  kept_.ended.push_back(std::move(ended.front()));
  changed();
  return true;
}

void LiftKeeper::each_second(WallTime now) {
  const auto is_over = [&](const auto& lift) { return lift.record.until <= now; };
  const auto resumed = resume(is_over, {});
  auto ended = take(kept_.lifts.exemptions, is_over);
  const auto forgotten = take(kept_.ended, [&](const auto& lift) { return lift.record.until + keep_ended_ <= now; });
  for (auto& exemption : ended) {
    tell(ChangeKind::ExemptionEnded, exemption, {});
    kept_.ended.push_back(std::move(exemption));
  }
  if (resumed == 0 && ended.empty() && forgotten.empty()) return;
  changed();
}

void LiftKeeper::changed() {
  const auto failure = file_.save(kept_);
  problem_.reset();
  if (failure) {
    problem_ = policy::Problem{place_, "",
                               "pauses and exemptions cannot be kept: " + *failure +
                                   "; they are in force, but a restart would forget what changed since",
                               policy::Severity::Error};
  }
  use_(kept_.lifts);
}

void LiftKeeper::tell(ChangeKind kind, const policy::Pause& pause, const std::string& account) {
  auto change = change_of(kind, pause.record, account);
  if (pause.scope == policy::PauseScope::Rule) change.rule = pause.target;
  if (pause.scope == policy::PauseScope::Group) change.group = pause.target;
  journal_.record(std::move(change));
}

void LiftKeeper::tell(ChangeKind kind, const policy::Exemption& exemption, const std::string& account) {
  auto change = change_of(kind, exemption.record, account);
  change.rule = exemption.rule;
  journal_.record(std::move(change));
}

}  // namespace aven::app
