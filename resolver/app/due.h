// due_words: which rules end or are due for review within a span of time, the first ones first.
// Thread: any.
// Fails: never; empty if there is none.
#pragma once

#include <chrono>
#include <string>

#include "app/loading.h"
#include "app/rule_words.h"
#include "base/tick.h"

namespace aven::app {

// `set` must be usable. Reviews that are overdue count; rules that are off or have ended do not.
std::string due_words(const LoadedSet& set, WallTime now, std::chrono::seconds within, Language language);

}  // namespace aven::app
