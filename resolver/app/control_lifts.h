// What the control socket offers for pauses and exemptions.
// Thread: control's.
// Lifetime: what is passed in outlives the Control.
#pragma once

#include "app/control_actions.h"
#include "app/lift_keeper.h"

namespace aven::app {

void add_pause(Control& control, const ControlWorld& world, LiftKeeper& keeper);
void add_exempt(Control& control, const ControlWorld& world, LiftKeeper& keeper);

// What both read from a body: `seconds`, `reason`, `by`. A reason and an end are compulsory.
policy::LiftRecord read_lift(const ControlCall& call, std::chrono::seconds longest, WallTime now);
// The rule of that id in force, or a problem that names the nearest.
std::optional<policy::RuleIndex> read_rule(const ControlCall& call, const std::string& id, const policy::Policy& policy,
                                           const char* key);

}  // namespace aven::app
