// follow_reply: what upstream's reply, as a worker keeps it, adds to an explanation: the aliases and addresses that it leads
// to, and the rule that blocks one of them (DESIGN.md section 4: the whole chain is judged).
// Thread: any.
// Lifetime: looks at `wire` during the call.
// Fails: never; a reply that cannot be read adds nothing.
#pragma once

#include <cstdint>
#include <span>

#include "app/told.h"
#include "dns/ask.h"

namespace aven::app {

// Under which question the workers keep that reply.
dns::Ask ask_of(const policy::Policy& policy, const Question& question);
// `told`: of a question that goes to upstream; any other stays as it is. `wire`: a clean reply to it.
void follow_reply(Told& told, std::span<const std::uint8_t> wire, const policy::Lifts& lifts = {});

}  // namespace aven::app
