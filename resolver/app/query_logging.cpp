#include "app/query_logging.h"

#include <memory>
#include <string>

namespace aven::app {
namespace {

std::shared_ptr<const policy::PatternWatch> watch_of(const policy::Rule& rule) {
  return rule.mode == policy::Mode::Observe ? std::make_shared<policy::PatternWatch>(rule) : nullptr;
}

server::LogBook::Group group_of(const QueryLog& log, const std::string& name) {
  const auto found = log.groups.find(name);
  if (found == log.groups.end()) return {name, log.level, log.retention_days};
  return {name, found->second.level, found->second.retention_days};
}

}  // namespace

std::shared_ptr<const server::LogBook> log_book(const LoadedSet& set) {
  const auto& policy = *set.loaded.policy;
  const auto& log = set.config.query_log;
  auto book = std::make_shared<server::LogBook>();
  book->generation = policy.generation();
  for (policy::RuleIndex i = 0; i < policy.rule_count(); ++i) {
    const auto& rule = policy.rule(i);
    book->rules.push_back({rule.full_id(), policy.blocked_answer(i).way_round, watch_of(rule)});
  }
  for (const auto& name : policy.group_names()) book->groups.push_back(group_of(log, name));
  book->file = log.file;
  book->others = {"", log.level, log.retention_days};
  book->pseudonymise_after_days = log.pseudonymise_after_days;
  book->recent_minutes = log.recent_minutes;
  return book;
}

}  // namespace aven::app
