#include "server/live_log.h"

#include <algorithm>

#include "dns/name.h"

namespace aven::server {
namespace {

using policy::WayRound;
using stats::LogVerdict;
using stats::QueryRecord;

constexpr std::size_t NamesPerHour = 256, NamesPerRule = 128;
constexpr std::int64_t HourMs = 3'600'000, MinuteMs = 60'000;

std::string name_of(const QueryRecord& record) {
  const auto name = dns::Name::from_wire(record.name());
  return name ? name->text() : std::string{};
}

void keep(std::deque<LogRow>& rows, const LogRow& row, std::size_t most) {
  if (rows.size() == most) rows.pop_front();
  rows.push_back(row);
}

}  // namespace

void LiveLog::add(const Batch& batch) {
  kept_.with([&](Kept& kept) {
    for (const auto& counted : batch.counts) count(kept, counted);
    for (const auto& row : batch.rows) {
      if (kept.tail.size() == MostTail) kept.pushed_out = kept.tail.front().id;
      keep(kept.tail, row, MostTail);
      if (row.verdict == LogVerdict::Blocked) keep(kept.blocks, row, MostBlocks);
    }
  });
}

LiveLog::Hour& LiveLog::hour_of(Kept& kept, std::int64_t at_ms) const {
  const std::int64_t number = at_ms / HourMs;
  auto& hours = kept.hours;
  if (hours.empty() || hours.back().number < number) {  // a late record counts to the newest hour
    hours.push_back({number, {NamesPerHour, hash_seed_}, {NamesPerHour, hash_seed_}, {}});
    if (hours.size() > HoursKept) hours.pop_front();
  }
  return hours.back();
}

void LiveLog::count(Kept& kept, const Batch::Counted& counted) const {
  const auto& [record, at_ms, in_force] = counted;
  const LogBook& book = *in_force;
  if (record.group >= book.groups.size()) return;
  const bool observed = record.verdict == LogVerdict::Observed && record.kind == QueryRecord::Kind::Count;
  const bool blocked = record.verdict == LogVerdict::Blocked;
  if (!observed && !blocked && !record.discovery) return;

  Hour& hour = hour_of(kept, at_ms);
  GroupFigures& figures = hour.groups[book.groups[record.group].name];
  const auto way = record.rule < book.rules.size() ? book.rules[record.rule].way_round : WayRound::None;
  if (blocked) ++figures.blocked;
  if (observed) ++figures.would_block;
  if (record.discovery || way == WayRound::Automatic) ++figures.automatic;
  if (way == WayRound::ResolverLookup) ++figures.resolver_lookups;
  if (record.name_size > 0 && blocked) hour.blocked_names.add(name_of(record));
  if (record.name_size > 0 && way == WayRound::ResolverLookup) hour.resolver_names.add(name_of(record));
  if (observed) count_observed(kept, record, book);
}

void LiveLog::count_observed(Kept& kept, const QueryRecord& record, const LogBook& book) const {
  if (record.rule >= book.rules.size()) return;
  const auto& id = book.rules[record.rule].id;
  auto found = kept.watched.find(id);
  if (found == kept.watched.end()) {
    if (kept.watched.size() == MostObserved) return;
    found = kept.watched.emplace(id, Watch{0, {NamesPerRule, hash_seed_}, {}, {}}).first;
  }
  Watch& watch = found->second;
  ++watch.questions;
  if (record.name_size > 0) count_name(watch, record, book.rules[record.rule].patterns.get());
  if (record.client_kind == QueryRecord::Client::Device) {
    watch.devices[book.groups[record.group].name].today.add(record.device());
  }
}

void LiveLog::count_name(Watch& watch, const QueryRecord& record, const policy::PatternWatch* patterns) {
  const auto name = dns::Name::from_wire(record.name());
  if (!name) return;
  watch.names.add(name->text());
  if (patterns == nullptr) return;
  patterns->find(*name, [&](std::size_t index) {
    if (watch.patterns.size() < MostPatterns) watch.patterns.insert(patterns->patterns()[index]);
  });
}

void LiveLog::clean(std::int64_t now_ms, const LogBook& book) {
  const RowId oldest = first_id_at(now_ms - std::int64_t{book.recent_minutes} * MinuteMs);
  const auto is_over = [&](const LogRow& row) {
    return row.id < oldest || !may_show(book.group(row.group).level, row.verdict);
  };
  kept_.with([&](Kept& kept) {
    std::erase_if(kept.blocks, is_over);
    std::erase_if(kept.tail, is_over);
    while (!kept.hours.empty() && kept.hours.front().number <= now_ms / HourMs - std::int64_t{HoursKept}) {
      kept.hours.pop_front();
    }
  });
}

void LiveLog::new_device_key() {
  kept_.with([](Kept& kept) {
    for (auto& [id, watch] : kept.watched) {
      for (auto& [group, sketches] : watch.devices) sketches = {{}, sketches.today.estimate()};
    }
  });
}

LiveLog::Tail LiveLog::tail(RowId after, const RowFilter& filter, std::size_t most) {
  return kept_.with([&](const Kept& kept) {
    Tail out;
    const RowId newest = kept.tail.empty() ? 0 : kept.tail.back().id;
    if (after > newest) after = newest;  // an earlier run's, or of a clock that was ahead
    out.next = newest;
    out.skipped = after != 0 && after < kept.pushed_out;
    for (auto row = kept.tail.rbegin(); row != kept.tail.rend() && row->id > after; ++row) {
      if (!filter.matches(*row)) continue;
      if (out.rows.size() == most) {
        out.skipped = after != 0;
        break;
      }
      out.rows.push_back(*row);
    }
    std::reverse(out.rows.begin(), out.rows.end());
    return out;
  });
}

std::vector<LogRow> LiveLog::recent_blocks(const RowFilter& filter, std::size_t most) {
  return kept_.with([&](const Kept& kept) {
    std::vector<LogRow> out;
    for (auto row = kept.blocks.rbegin(); row != kept.blocks.rend() && out.size() < most; ++row) {
      if (filter.matches(*row)) out.push_back(*row);
    }
    return out;
  });
}

LiveLog::Top LiveLog::top(std::size_t most) {
  return kept_.with([&](const Kept& kept) {
    stats::TopK blocked{NamesPerHour, hash_seed_}, resolvers{NamesPerHour, hash_seed_};
    Top out;
    out.hours = HoursKept;
    for (const auto& hour : kept.hours) {
      blocked.merge(hour.blocked_names);
      resolvers.merge(hour.resolver_names);
      for (const auto& [name, figures] : hour.groups) {
        auto& sum = out.groups[name];
        sum.blocked += figures.blocked;
        sum.would_block += figures.would_block;
        sum.automatic += figures.automatic;
        sum.resolver_lookups += figures.resolver_lookups;
      }
    }
    out.blocked_names = blocked.top(most);
    out.resolver_names = resolvers.top(most);
    return out;
  });
}

std::map<std::string, LiveLog::Observed> LiveLog::observed(std::size_t most_names) {
  return kept_.with([&](const Kept& kept) {
    std::map<std::string, Observed> out;
    for (const auto& [id, watch] : kept.watched) {
      auto& observed = out[id];
      observed.questions = watch.questions;
      observed.names = watch.names.top(most_names);
      observed.patterns = watch.patterns;
      for (const auto& [group, sketches] : watch.devices) {
        observed.devices[group] = {sketches.today.estimate(), sketches.day_before};
      }
    }
    return out;
  });
}

LiveLog::Size LiveLog::size() {
  return kept_.with([](const Kept& kept) {
    return Size{kept.blocks.size(), kept.tail.size(), kept.hours.size(), kept.watched.size()};
  });
}

}  // namespace aven::server
