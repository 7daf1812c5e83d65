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

}  // namespace aven
