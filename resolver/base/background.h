// give_way(): the calling thread lets others go first from now on. Not SCHED_IDLE: on a machine that is busy for long such a
// thread stands still, and with it a reload, or the end of the program that waits for it.
// Thread: any; it changes only its own.   Fails: never; where it is refused the thread runs as others do.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace aven {

inline void give_way() noexcept {
  constexpr int Nice = 10;  // about a tenth of what others get
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), Nice);
}

}  // namespace aven
