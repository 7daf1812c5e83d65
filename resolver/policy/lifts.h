// Lifts: what silences blocking rules for a while beside the calendar: pauses (everything, a rule, a group) and
// exemptions (one rule for one client). People give them while Aven runs; each ends by itself.
// Thread: any; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/net_address.h"
#include "base/tick.h"

namespace aven::policy {

// Who gave it, why, from when until when (not included).
struct LiftRecord {
  std::uint64_t number = 0;  // of this machine, counted up
  WallTime from{}, until{};
  std::string reason, by;
  friend bool operator==(const LiftRecord&, const LiftRecord&) = default;
};

enum class PauseScope : std::uint8_t { All, Rule, Group };

struct Pause {
  PauseScope scope = PauseScope::All;
  std::string target;  // "pack/id", or a group's name; empty for all
  LiftRecord record;
  friend bool operator==(const Pause&, const Pause&) = default;
};

struct Exemption {
  std::string rule;  // "pack/id"
  IpAddress client;
  LiftRecord record;
  friend bool operator==(const Exemption&, const Exemption&) = default;
};

// What names a rule or group that the policy does not have lifts nothing.
struct Lifts {
  std::vector<Pause> pauses;
  std::vector<Exemption> exemptions;
  friend bool operator==(const Lifts&, const Lifts&) = default;
};

}  // namespace aven::policy
