#include "app/records.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "app/journal_reader.h"
#include "app/policy_history.h"
#include "app/rule_diff.h"
#include "app/version.h"
#include "base/background.h"
#include "base/log.h"

namespace aven::app {
namespace {

ChangeWatch::Before last_known(const std::filesystem::path& state) {
  ChangeWatch::Before before;
  const auto lines = read_journal(state / "journal").lines;
  if (auto last = last_policy(lines)) before.policy = std::move(last->id);
  for (const auto& line : lines) before.at = std::max(before.at, line.at);
  return before;
}

}  // namespace

Records::Records(const Config& config)
    : before_(last_known(config.state)),
      archive_(config.state),
      journal_(std::in_place, config.state),
      changes_(*journal_) {}

Records::~Records() {
  join_keeper();
}

void Records::join_keeper() {
  const std::lock_guard lock{keeper_mutex_};  // the loader and control may both want it
  if (keeper_.joinable()) keeper_.join();
}

std::vector<RuleChange> Records::changes_since(const std::string& policy, const LoadedSet& set) const {
  if (policy.empty() || policy == set.loaded.policy->id()) return {};
  const auto old = archive_.load(policy);
  if (!old) return {};
  return rule_changes({old->texts, old->lists}, {set.texts, archived(set.used_lists)});
}

void Records::started(LoadedSet& first) {
  journal_->use_zone(*first.loaded.calendar, first.config.policy.timezone);
  changes_.started(first.loaded, before_, {changes_since(before_.policy, first), {}, first.rolled_back},
                   std::string{version()});
  InputTexts kept_texts = std::exchange(first.texts, {});
  if (first.origin == Origin::WithoutRules) return;
  keeper_ = std::thread{
      [this, id = first.loaded.policy->id(), texts = std::move(kept_texts), lists = std::move(first.used_lists)] {
        const sched_param idle{};
        pthread_setschedparam(pthread_self(), SCHED_IDLE, &idle);  // packing a large list is in no hurry
        const auto problem = archive_.keep(id, texts, lists, read_wall_time());
        if (problem) log::warn("{}", policy::to_text(*problem));
      }};
}

void Records::read(const LoadedSet& set) {
  ChangeWatch::News news{{}, set.config.policy.timezone, set.rolled_back};
  news_.with([&](auto& latest) { latest = std::move(news); });
}

void Records::loaded(server::LoadReason reason, const server::Loaded& result, std::vector<RuleChange> rules) {
  ChangeWatch::News news;
  news_.with([&](auto& latest) { std::swap(news, latest); });
  news.rules = std::move(rules);
  if (result.usable()) journal_->use_zone(*result.calendar, news.timezone);
  changes_.loaded(reason, result, std::move(news));
}

policy::Problems Records::keep(const LoadedSet& set, const std::string& id) {
  join_keeper();
  policy::Problems problems;
  if (auto problem = Loading::keep(set)) problems.push_back(std::move(*problem));
  if (auto problem = archive_.keep(id, set.texts, set.used_lists, read_wall_time()))
    problems.push_back(std::move(*problem));
  return problems;
}

WallTime Records::earliest_time() const {
  return std::max(build_time(), journal_->latest());
}

policy::Problems Records::problems(const server::Current& current) const {
  policy::Problems problems;
  if (auto problem = journal_->problem()) problems.push_back(std::move(*problem));
  if (!current.clock_believed) {
    problems.push_back({"", "",
                        "the clock shows " + utc_text(read_wall_time()) + ", but it was " + utc_text(earliest_time()) +
                            " already; rules stay on or off as they are until the clock is set right",
                        policy::Severity::Error});
  }
  return problems;
}

}  // namespace aven::app
