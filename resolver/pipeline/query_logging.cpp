#include "pipeline/query_logging.h"

#include <algorithm>

#include "pipeline/special_names.h"

namespace aven::pipeline {
namespace {

using stats::Counter;
using stats::LogLevel;
using stats::LogVerdict;
using stats::QueryRecord;

// Ends that are about no question, or of which a flood would be logged: they are counted only.
bool is_countable_only(Counter outcome) noexcept {
  switch (outcome) {
    case Counter::malformed:
    case Counter::not_implemented:
    case Counter::bad_version:
    case Counter::dropped_limit:
    case Counter::repeated:
      return true;
    default:
      return false;
  }
}

LogVerdict verdict_of(const policy::Verdict& verdict) noexcept {
  if (verdict.blocks()) return LogVerdict::Blocked;
  if (verdict.would_hit != policy::NoRule) return LogVerdict::Observed;
  return verdict.decided() ? LogVerdict::Allowed : LogVerdict::None;
}

bool is_discovery(const QueryContext& context, const Ending& ending) noexcept {
  if (ending.outcome != Counter::local) return false;
  const auto* zone = find_special_zone(context.query.name);
  return zone != nullptr && zone->kind == SpecialZone::Kind::Discovery;
}

QueryRecord common_part(const QueryContext& context, const Ending& ending, const WorkerPolicy& book,
                        policy::GroupIndex group, Tick now) noexcept {
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - context.received).count();
  QueryRecord record;
  record.at = now;
  record.generation = static_cast<std::uint32_t>(book.policy->generation());
  record.latency_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency, 0, UINT32_MAX));
  record.type = static_cast<std::uint16_t>(context.query.type);
  record.group = static_cast<std::uint16_t>(group);
  record.outcome = static_cast<std::uint8_t>(ending.outcome);
  record.rcode = ending.answer.empty() ? 0 : static_cast<std::uint8_t>(ending.answer[3] & 0x0F);
  return record;
}

}  // namespace

void QueryLogging::log(const QueryContext& context, const Ending& ending, const WorkerPolicy& book, Tick now) noexcept {
  if (ring_ == nullptr) return;
  const auto group = book.policy->client_class(context.client_class).group;
  const auto& levels = book.settings->log_levels;
  const LogLevel level = group < levels.size() ? levels[group] : LogLevel::None;
  const auto& verdict = context.verdict;
  if (level == LogLevel::None || is_countable_only(ending.outcome)) return;

  const auto said = verdict_of(verdict);
  const bool observed = verdict.would_hit != policy::NoRule;
  const bool discovery = is_discovery(context, ending);
  const bool row = level == LogLevel::All || (level == LogLevel::Blocked && said == LogVerdict::Blocked);
  if (!row && !observed && !discovery && said != LogVerdict::Blocked) return;

  QueryRecord record = common_part(context, ending, book, group, now);
  const auto& peer = context.client.peer.address;
  if (observed) {
    record.verdict = LogVerdict::Observed;
    record.rule = verdict.would_hit;
    record.set_device(ring_->device_of(peer.unmapped()));
    if (level >= LogLevel::Blocked) record.set_name(context.query.name.wire());
    push(record);
    record.client_kind = QueryRecord::Client::Unknown;
    record.name_size = 0;
  }
  if (!row && !discovery && said != LogVerdict::Blocked) return;
  record.verdict = said;
  record.rule = said == LogVerdict::Observed ? verdict.would_hit : verdict.rule;
  record.discovery = discovery;
  if (row) {
    record.kind = QueryRecord::Kind::Row;
    record.set_client(peer.unmapped());
    record.set_name(context.query.name.wire());
  }
  push(record);
}

void QueryLogging::push(const stats::QueryRecord& record) noexcept {
  if (!ring_->push(record)) counters_.add(Counter::log_dropped);
}

}  // namespace aven::pipeline
