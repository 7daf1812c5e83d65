// Figures for the tests: one upstream, two workers, the rules of a pack.
#pragma once

#include <string>

#include "status/status_data.h"

namespace aven::status {

// `rules`: the JSON of a pack's array `rules`. `wall`: when the figures were taken.
StatusData example_data(const std::string& rules, WallTime wall);

// 2026-11-24T10:00:00Z, a Tuesday.
WallTime example_time();

inline std::uint64_t& counter(server::Snapshot& snapshot, stats::Counter which) {
  return snapshot.counters[static_cast<std::size_t>(which)];
}

}  // namespace aven::status
