#include "app/records.h"

#include <algorithm>
#include <filesystem>
#include <malloc.h>
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
  for (const auto& line : lines) before.at = accepts_clock(line.change) ? line.at : std::max(before.at, line.at);
  return before;
}

// Lists that both have, with another content.
std::vector<ChangeWatch::ListUpdate> updates_of(const std::vector<ArchivedList>& before,
                                                const std::vector<ArchivedList>& after) {
  std::vector<ChangeWatch::ListUpdate> out;
  for (const auto& list : after) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const ArchivedList& one) {
      return one.file == list.file && one.format == list.format;
    });
    if (old == before.end() || old->sha256 == list.sha256) continue;
    out.push_back({list.file, list.sha256, old->entries, list.entries});
  }
  return out;
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

ChangeWatch::News Records::news_since_last(const LoadedSet& set) const {
  ChangeWatch::News news;
  news.rolled_back = set.rolled_back;
  const std::string& policy = before_.policy;
  if (policy.empty() || policy == set.loaded.policy->id()) return news;
  const auto old = archive_.load(policy);
  if (!old) return news;
  auto lists = archived(set.used_lists);
  news.lists = updates_of(old->lists, lists);
  news.rules = rule_changes({old->texts, old->lists}, {set.texts, std::move(lists)});
  return news;
}

void Records::started(LoadedSet& first) {
  journal_->use_zone(*first.loaded.calendar, first.config.policy.timezone);
  changes_.started(first.loaded, before_, news_since_last(first), std::string{version()});
  lists_.with([&](auto& running) { running = archived(first.used_lists); });
  InputTexts kept_texts = std::exchange(first.texts, {});
  if (first.origin == Origin::WithoutRules) return;
  keeper_ = std::thread{
      [this, id = first.loaded.policy->id(), texts = std::move(kept_texts), lists = std::move(first.used_lists)] {
        give_way();  // packing a large list is in no hurry
        const auto problem = archive_.keep(id, texts, lists, read_wall_time());
        if (problem) log::warn("{}", policy::to_text(*problem));
        malloc_trim(0);  // what the start took goes back to the system
      }};
}

void Records::read(const LoadedSet& set) {
  Read read{{{}, {}, set.config.policy.timezone, set.rolled_back}, archived(set.used_lists)};
  lists_.with([&](const auto& running) { read.news.lists = updates_of(running, read.lists); });
  read_.with([&](auto& latest) { latest = std::move(read); });
}

void Records::loaded(server::LoadReason reason, const server::Loaded& result, std::vector<RuleChange> rules) {
  Read read;
  read_.with([&](auto& latest) { std::swap(read, latest); });
  read.news.rules = std::move(rules);
  if (result.usable()) {
    journal_->use_zone(*result.calendar, read.news.timezone);
    lists_.with([&](auto& running) { running = std::move(read.lists); });
  }
  changes_.loaded(reason, result, std::move(read.news));
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
                            " already; rules stay on or off as they are until the clock is set right, or accepted by "
                            "`aven clock --accept`",
                        policy::Severity::Error});
  }
  return problems;
}

}  // namespace aven::app
