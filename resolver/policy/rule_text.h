// Texts of a rule's values, as packs, the API and the commands write them.
// Thread: any.
// Fails: never.
#pragma once

#include <string>
#include <string_view>

#include "policy/calendar.h"
#include "policy/verdict.h"

namespace aven::policy {

std::string_view action_key(Action action) noexcept;  // as in packs: "sinkhole"; "none"
std::string_view mode_key(Mode mode) noexcept;        // "enforce"

// "2027-03-31" for the start of a day, else "2027-03-31 16:00".
std::string first_day(date::local_seconds time);
// The last moment at which the rule is on: "2027-03-31" for the end of a day, else "2027-03-31 16:00"; empty
// = no end.
std::string last_day(const Validity& validity);

}  // namespace aven::policy
