#include "base/tick.h"

#include <ctime>

namespace aven {

Tick read_tick() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Tick{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

WallTime read_wall_time() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return WallTime{std::chrono::seconds{now.tv_sec}};
}

std::int64_t read_wall_ms() noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace aven
