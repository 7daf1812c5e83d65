// AVEN_CHECK: an invariant of our own. Always on; a failure is our bug and aborts with its place.
// AVEN_DCHECK: the same where the cost matters; only outside release builds.
// Never for what a stranger or an administrator sent.
#pragma once

namespace aven {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define AVEN_CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::aven::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define AVEN_DCHECK(condition) static_cast<void>(sizeof(condition))
#else
#define AVEN_DCHECK(condition) AVEN_CHECK(condition)
#endif
