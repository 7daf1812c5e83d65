#include "pipeline/query_logging.h"

#include <algorithm>

#include "pipeline/special_names.h"

namespace aven::pipeline {
namespace {

using stats::Counter;
using stats::LogLevel;
using stats::LogVerdict;
using stats::QueryHead;

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

// Which line of a local answer this is: a device's search for encrypted resolvers is counted, our own question is not.
enum class Special : std::uint8_t { No, Discovery, OwnProbe };

Special special_of(const QueryContext& context, const Ending& ending) noexcept {
  if (ending.outcome != Counter::local) return Special::No;
  const auto* zone = find_special_zone(context.query.name);
  if (zone == nullptr) return Special::No;
  if (zone->kind == SpecialZone::Kind::Discovery) return Special::Discovery;
  return context.query.name == own_probe_name() ? Special::OwnProbe : Special::No;
}

QueryHead head_of(const QueryContext& context, const Ending& ending, const policy::Policy& policy,
                  policy::GroupIndex group, Tick now) noexcept {
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - context.received).count();
  QueryHead head;
  head.at = now;
  head.generation = static_cast<std::uint32_t>(policy.generation());
  head.latency_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency, 0, UINT32_MAX));
  head.type = static_cast<std::uint16_t>(context.query.type);
  head.group = static_cast<std::uint16_t>(group);
  head.outcome = static_cast<std::uint8_t>(ending.outcome);
  head.rcode = ending.answer.empty() ? 0 : static_cast<std::uint8_t>(ending.answer[3] & 0x0F);
  return head;
}

}  // namespace

void QueryLogging::tell(const QueryContext& context, const Ending& ending, const WorkerPolicy& book,
                        Tick now) noexcept {
  const auto group = book.policy->client_class(context.client_class).group;
  const auto& levels = book.settings->log_levels;
  const LogLevel level = group < levels.size() ? levels[group] : LogLevel::None;
  const auto& verdict = context.verdict;
  if (level == LogLevel::None || is_countable_only(ending.outcome)) return;

  const auto said = verdict_of(verdict);
  const bool observed = verdict.would_hit != policy::NoRule;
  const auto special = special_of(context, ending);
  if (special == Special::OwnProbe) return;
  const bool row = level == LogLevel::All || (level == LogLevel::Blocked && said == LogVerdict::Blocked);
  const bool told = row || special == Special::Discovery || said == LogVerdict::Blocked;
  if (!told && !observed) return;

  QueryHead head = head_of(context, ending, *book.policy, group, now);
  const auto& peer = context.client.peer.address;
  const auto name = context.query.name.wire();
  if (observed) {
    QueryHead counted = head;
    counted.verdict = LogVerdict::Observed;
    counted.rule = verdict.would_hit;
    counted.set_device(ring_->device_of(peer.unmapped()));
    push(counted, level >= LogLevel::Blocked ? name : std::span<const std::uint8_t>{});
  }
  if (!told) return;
  head.verdict = said;
  head.rule = said == LogVerdict::Observed ? verdict.would_hit : verdict.rule;
  head.discovery = special == Special::Discovery;
  if (!row) return push(head, {});
  head.kind = QueryHead::Kind::Row;
  head.set_client(peer.unmapped());
  push(head, name);
}

void QueryLogging::push(QueryHead& head, std::span<const std::uint8_t> name) noexcept {
  head.name_size = static_cast<std::uint8_t>(name.size());
  if (!ring_->push(head, name)) counters_.add(Counter::log_dropped);
}

}  // namespace aven::pipeline
