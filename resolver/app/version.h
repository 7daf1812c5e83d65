// What this program is and when it was built.
// Thread: any.
// Fails: never.
#pragma once

#include <string_view>

#include "base/tick.h"

namespace aven::app {

std::string_view version() noexcept;  // "0.1.0"
// A clock that shows an earlier moment than this is wrong.
WallTime build_time() noexcept;

}  // namespace aven::app
