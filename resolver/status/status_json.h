// The JSON of the API (openapi.json beside this file says every key). Texts come from files and from strangers:
// whatever octets they hold, the result is valid UTF-8 and valid JSON.
// Thread: any.
// Fails: never.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "status/status_data.h"

namespace aven::status {

enum class Health : std::uint8_t { Good, Degraded, Down };
// Down: no upstream answers. Degraded: an error in the files, a clock that is wrong, or an upstream is down.
Health health_of(const StatusData& data) noexcept;

// One server over all workers: a worker that never asked it knows nothing of it.
struct UpstreamFigures {
  bool up = true;
  std::size_t workers_up = 0;
  Duration rtt{};  // the least of the workers'; zero: not known
  std::uint64_t asked = 0, replies = 0, timeouts = 0, errors = 0, mismatched = 0;
  std::size_t sockets = 0, connections = 0;  // open now; the first counts both
};
UpstreamFigures upstream_figures(const server::Snapshot& snapshot, upstream::ServerIndex server) noexcept;

// Of the columns of a series.
inline constexpr std::array<const char*, ColumnCount> ColumnKeys{"answered",  "blocked", "would_block", "cached",
                                                                 "forwarded", "local",   "failed",      "dropped"};

std::string status_json(const StatusData& data);
std::string rules_json(const StatusData& data);
std::string upstreams_json(const StatusData& data);
std::string problems_json(const StatusData& data);
// `step_s` from 1.
std::string series_json(const Points& points, std::uint32_t step_s);
std::string error_json(std::string_view code, std::string_view text);

}  // namespace aven::status
