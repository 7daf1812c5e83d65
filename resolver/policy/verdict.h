// Verdict: what the rules say of one name for one client now.
// Thread: any; a value.
#pragma once

#include <cstdint>

namespace aven::policy {

enum class Action : std::uint8_t { None, Sinkhole, NxDomain, NoData, Refuse, Drop, Redirect, Allow };
enum class Mode : std::uint8_t { Enforce, Observe, Off };

// Names by which a device gets round this server, as rules of the packs' categories speak of them.
enum class WayRound : std::uint8_t {
  None,
  Automatic,       // devices ask for them by themselves: canary, Private Relay
  ResolverLookup,  // names of other resolvers
};

using RuleIndex = std::uint32_t;  // rules in the byte order of "pack/id"
// What is answered: a rule's own answer has the rule's index, those of rpz entries come behind.
using AnswerIndex = std::uint32_t;
inline constexpr RuleIndex NoRule = UINT32_MAX;

struct Verdict {
  Action action = Action::None;  // None: no enforced rule speaks for the name
  RuleIndex rule = NoRule;       // the rule that decides
  AnswerIndex answer = NoRule;   // what it answers
  RuleIndex would_hit = NoRule;  // the observed rule that would have decided otherwise, and counts one would-have-hit
  // Seconds until a rule that covers the name starts or the deciding one ends: the answer's TTL goes no higher.
  std::uint32_t ttl_cap = UINT32_MAX;

  bool decided() const noexcept { return action != Action::None; }
  bool blocks() const noexcept { return decided() && action != Action::Allow; }
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace aven::policy
