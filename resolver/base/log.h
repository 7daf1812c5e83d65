// The text log: start, stop, reloads and problems, for the administrator. Never one line per packet, never a
// client's address or an asked name.
// Thread: any (spdlog locks); not on the packet path.
#pragma once

#include <spdlog/spdlog.h>

namespace aven::log {

using spdlog::error;
using spdlog::info;
using spdlog::warn;

// Lines go to stderr; under systemd (JOURNAL_STREAM set) with priority prefixes instead of time stamps.
void start();

}  // namespace aven::log
