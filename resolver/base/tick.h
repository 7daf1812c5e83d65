// Tick: a moment of CLOCK_BOOTTIME, in nanoseconds; the only time that decisions on the packet path use. It is
// read once per batch by the worker and handed down as an argument; nothing else on that path reads a clock.
// WallTime: seconds of UTC, for dates of rules, logs and display; it may jump.
// Thread: any.
#pragma once

#include <chrono>
#include <cstdint>

namespace aven {

struct BootClock {  // names the time line; it has no now() on purpose
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using Tick = BootClock::time_point;
using Duration = BootClock::duration;
using WallTime = std::chrono::sys_seconds;

inline constexpr Tick Never = Tick::max();

// Whole seconds from `earlier` to `later`, rounded down; 0 if `later` is not later.
constexpr std::uint32_t seconds_between(Tick earlier, Tick later) noexcept {
  if (later <= earlier) return 0;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(later - earlier).count();
  return seconds > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(seconds);
}

// The clocks. Only server/ and app/ call them; everybody else is given the time.
Tick read_tick() noexcept;
WallTime read_wall_time() noexcept;
std::int64_t read_wall_ms() noexcept;  // milliseconds since 1970, for the query log

}  // namespace aven
