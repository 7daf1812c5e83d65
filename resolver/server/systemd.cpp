#include "server/systemd.h"

#include <cstdint>
#include <systemd/sd-daemon.h>
#include <time.h>

namespace aven::server::systemd {

void ready() noexcept {
  sd_notify(0, "READY=1");
}

void reloading() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // the protocol of Type=notify-reload wants this clock
  const auto microseconds =
      std::uint64_t{1000000} * static_cast<std::uint64_t>(now.tv_sec) + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", static_cast<unsigned long long>(microseconds));
}

void stopping() noexcept {
  sd_notify(0, "STOPPING=1");
}

void alive() noexcept {
  sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_time() noexcept {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

}  // namespace aven::server::systemd
