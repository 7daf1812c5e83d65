#include "app/replay.h"

#include <algorithm>
#include <bit>

#include "app/told.h"
#include "base/net_address.h"
#include "dns/name.h"

namespace aven::app {
namespace {

using policy::ClassIndex;
using policy::NoRule;
using policy::RuleIndex;
using stats::LogVerdict;

constexpr std::size_t MostShown = 20;
constexpr std::chrono::seconds Week = std::chrono::hours{24 * 7};

bool speaks_to_group(const policy::Rule& rule, const std::string& group) {
  if (rule.groups.empty()) return rule.clients.empty();
  return std::find(rule.groups.begin(), rule.groups.end(), group) != rule.groups.end();
}

// Bit r: rule r speaks to the group as a whole, whatever it says of single clients.
std::vector<std::uint64_t> rules_of_group(const policy::Policy& policy, const std::string& group) {
  std::vector<std::uint64_t> bits((policy.rule_count() + 63) / 64);
  for (RuleIndex rule = 0; rule < policy.rule_count(); ++rule) {
    if (speaks_to_group(policy.rule(rule), group)) bits[rule / 64] |= std::uint64_t{1} << rule % 64;
  }
  return bits;
}

int differing(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) bits += std::popcount(a[i] ^ b[i]);
  return bits;
}

Replay::Names most_asked(const std::map<std::string, std::uint64_t>& names) {
  Replay::Names out{names.size(), {names.begin(), names.end()}};
  std::stable_sort(out.first.begin(), out.first.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (out.first.size() > MostShown) out.first.resize(MostShown);
  return out;
}

}  // namespace

Replay::Count& Replay::Count::operator+=(const Count& other) noexcept {
  blocked += other.blocked;
  newly_blocked += other.newly_blocked;
  newly_allowed += other.newly_allowed;
  unclear += other.unclear;
  would_block += other.would_block;
  return *this;
}

Replayer::Replayer(const LoadedSet& proposed, WallTime from)
    : set_(proposed),
      policy_(*proposed.loaded.policy),
      patterns_(policy_.make_patterns()),
      from_(proposed.loaded.calendar->local(from)) {
  for (WallTime at = from; at < from + Week;) {
    policy::Activity activity{policy_, *set_.loaded.calendar, at, Tick{}};
    const auto holds = std::chrono::ceil<std::chrono::seconds>(activity.next_change() - Tick{});
    week_.emplace_back(at, std::move(activity));
    at += std::clamp<std::chrono::seconds>(holds, std::chrono::seconds{1}, Week);
  }
  for (const auto& group : policy_.group_names()) {
    if (const auto client = class_of_group(group)) groups_.emplace(group, *client);
  }
  for (RuleIndex rule = 0; rule < policy_.rule_count(); ++rule) rules_.emplace(policy_.rule(rule).full_id(), rule);
}

// The class of the group's clients of whom no rule says anything of their own, or the nearest to it.
std::optional<ClassIndex> Replayer::class_of_group(const std::string& group) const {
  const auto wanted = rules_of_group(policy_, group);
  std::optional<ClassIndex> best;
  for (std::size_t i = 0; i < policy_.class_count(); ++i) {
    const auto index = static_cast<ClassIndex>(i);
    const auto& facts = policy_.client_class(index);
    if (!facts.allowed || policy_.group_names()[facts.group] != group) continue;
    if (!best || differing(facts.rules, wanted) < differing(policy_.client_class(*best).rules, wanted)) best = index;
  }
  return best;
}

std::optional<ClassIndex> Replayer::client_of(const server::LogRow& row) const {
  if (const auto address = IpAddress::parse(row.client)) return policy_.class_of(*address);
  const auto found = groups_.find(row.group);
  return found == groups_.end() ? std::nullopt : std::optional{found->second};
}

const policy::Activity& Replayer::activity_at(std::int64_t unix_ms) const {
  const auto& calendar = *set_.loaded.calendar;
  const WallTime asked{std::chrono::floor<std::chrono::seconds>(std::chrono::milliseconds{unix_ms})};
  auto later = (calendar.local(asked) - from_) % Week;
  if (later < later.zero()) later += Week;
  const WallTime at = calendar.utc(from_ + later);
  const auto next = std::upper_bound(week_.begin(), week_.end(), at,
                                     [](WallTime moment, const auto& part) { return moment < part.first; });
  return next == week_.begin() ? next->second : std::prev(next)->second;
}

std::optional<Replayer::Judged> Replayer::judge(const server::LogRow& row) const {
  const auto name = dns::Name::from_text(row.name);
  const auto client = client_of(row);
  const auto type = static_cast<dns::Type>(row.type);
  if (!name || !client || step_before_rules(set_, *name, type, *client)) return std::nullopt;
  policy::Policy::ChainState chain;
  const auto& activity = activity_at(server::milliseconds_of(row.id));
  return Judged{policy_.match(*name, {*client, type}, activity, *patterns_, Tick{}, chain), *client};
}

bool Replayer::still_holds(const server::LogRow& row, ClassIndex client) const {
  const auto found = rules_.find(row.rule);
  if (found == rules_.end() || policy_.rule(found->second).mode != policy::Mode::Enforce) return false;
  const auto& activity = activity_at(server::milliseconds_of(row.id));
  const auto& bits = policy_.client_class(client).rules;
  return (bits[found->second / 64] >> found->second % 64 & 1) != 0 &&
         activity.on(activity.row_of(client, 0), found->second);
}

Replay::Count& Replayer::count(const std::string& rule, ClassIndex client) {
  return out_.rules[rule][policy_.group_names()[policy_.client_class(client).group]];
}

void Replayer::compare(const server::LogRow& row, const Judged& judged) {
  const auto& verdict = judged.verdict;
  const bool was_blocked = row.verdict == LogVerdict::Blocked;
  if (verdict.would_hit != NoRule) ++count(policy_.rule(verdict.would_hit).full_id(), judged.client).would_block;
  if (verdict.blocks()) {
    auto& of_rule = count(policy_.rule(verdict.rule).full_id(), judged.client);
    ++of_rule.blocked;
    if (was_blocked) return;
    ++of_rule.newly_blocked;
    ++newly_blocked_[row.name];
  } else if (was_blocked && !verdict.decided() && still_holds(row, judged.client)) {
    ++count(row.rule, judged.client).unclear;
  } else if (was_blocked) {
    ++count(row.rule, judged.client).newly_allowed;
    ++newly_allowed_[row.name];
  }
}

void Replayer::take(const server::LogRow& row) {
  const auto at = server::milliseconds_of(row.id);
  if (out_.lines++ == 0) out_.first_ms = at;
  out_.last_ms = at;
  out_.only_blocked = out_.only_blocked && row.verdict == LogVerdict::Blocked;
  const auto judged = judge(row);
  if (!judged) {
    ++out_.unjudged;
    return;
  }
  ++out_.judged;
  if (!IpAddress::parse(row.client)) ++out_.by_group;
  compare(row, *judged);
}

Replay Replayer::finish() {
  for (const auto& [rule, groups] : out_.rules) {
    for (const auto& [group, count] : groups) out_.sum += count;
  }
  out_.newly_blocked = most_asked(newly_blocked_);
  out_.newly_allowed = most_asked(newly_allowed_);
  return std::move(out_);
}

}  // namespace aven::app
