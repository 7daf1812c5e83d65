// What we tell systemd (sd_notify); nothing without NOTIFY_SOCKET.
// Thread: control's.
// Fails: never.
#pragma once

#include <chrono>
#include <optional>

namespace aven::server::systemd {

void ready() noexcept;
void reloading() noexcept;  // followed by ready()
void stopping() noexcept;
void alive() noexcept;

// How often systemd wants alive(), if it does.
std::optional<std::chrono::microseconds> watchdog_time() noexcept;

}  // namespace aven::server::systemd
