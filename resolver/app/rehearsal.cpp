#include "app/rehearsal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "dns/wire.h"
#include "policy/pattern_set.h"

namespace aven::app {
namespace {

using policy::Policy;

constexpr std::size_t MostShown = 20;

struct AskedReply {
  dns::Name name;
  dns::Type type;
  std::span<const std::uint8_t> wire;
};

// The question of a clean reply.
std::optional<AskedReply> read(const server::CachedReply& reply) {
  const std::span wire{reply.wire};
  if (wire.size() < dns::HeaderSize) return std::nullopt;
  std::size_t end = dns::HeaderSize;
  while (end < wire.size() && wire[end] != 0) end += std::size_t{1} + wire[end];
  if (end + 3 > wire.size()) return std::nullopt;
  const auto name = dns::Name::from_wire(wire.subspan(dns::HeaderSize, end + 1 - dns::HeaderSize));
  if (!name) return std::nullopt;
  return AskedReply{*name, static_cast<dns::Type>(wire[end + 1] << 8 | wire[end + 2]), wire};
}

// One policy, as it decides at a moment.
class Judge {
 public:
  Judge(const Rehearsed& side, WallTime now)
      : policy_(side.policy), activity_(side.policy, side.calendar, now, Tick{}), patterns_(policy_.make_patterns()) {}

  // The groups of which at least some clients would be blocked.
  std::set<std::string> groups_blocked(const AskedReply& reply) const {
    std::set<std::string> groups;
    if (!policy_.may_match(reply.wire, reply.name, reply.type, *patterns_)) return groups;
    for (std::size_t i = 0; i < policy_.class_count(); ++i) {
      const auto client = static_cast<policy::ClassIndex>(i);
      const auto& facts = policy_.client_class(client);
      if (!facts.allowed) continue;
      const auto verdict =
          policy_.match_reply(reply.wire, reply.name, {client, reply.type}, activity_, *patterns_, Tick{});
      if (verdict.blocks()) groups.insert(policy_.group_names()[facts.group]);
    }
    return groups;
  }

 private:
  const Policy& policy_;
  policy::Activity activity_;
  std::unique_ptr<policy::PatternSet> patterns_;
};

struct Found {
  std::uint64_t asked = 0;
  std::set<std::string> groups;
};
using FoundNames = std::map<std::string, Found>;

void note(FoundNames& names, const AskedReply& reply, std::uint32_t asked, const std::set<std::string>& some,
          const std::set<std::string>& others) {
  std::vector<std::string> groups;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(), std::back_inserter(groups));
  if (groups.empty()) return;
  auto& found = names[reply.name.text()];
  found.asked += asked;
  found.groups.insert(groups.begin(), groups.end());
}

Rehearsal::Side side_of(const FoundNames& names) {
  Rehearsal::Side side;
  side.names = names.size();
  for (const auto& [name, found] : names) {
    side.asked += found.asked;
    side.first.push_back({name, found.asked, {found.groups.begin(), found.groups.end()}});
  }
  std::stable_sort(side.first.begin(), side.first.end(),
                   [](const auto& a, const auto& b) { return a.asked > b.asked; });
  if (side.first.size() > MostShown) side.first.resize(MostShown);
  return side;
}

}  // namespace

double Rehearsal::share_percent(const Side& side) const noexcept {
  const auto all = std::max(questions, std::max(blocked.asked, allowed.asked));
  return all == 0 ? 0 : 100.0 * static_cast<double>(side.asked) / static_cast<double>(all);
}

Rehearsal rehearse(const Rehearsed& before, const Rehearsed& after, const std::vector<server::CachedReply>& replies,
                   std::uint64_t questions, WallTime now) {
  const Judge old{before, now}, next{after, now};
  FoundNames blocked, allowed;
  std::set<std::string> names;
  for (const auto& reply : replies) {
    const auto asked = read(reply);
    if (!asked) continue;
    names.insert(asked->name.text());
    const auto was = old.groups_blocked(*asked), will_be = next.groups_blocked(*asked);
    note(blocked, *asked, reply.asked, will_be, was);
    note(allowed, *asked, reply.asked, was, will_be);
  }
  Rehearsal out;
  out.names = names.size();
  out.questions = questions;
  out.blocked = side_of(blocked);
  out.allowed = side_of(allowed);
  return out;
}

}  // namespace aven::app
