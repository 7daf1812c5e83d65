// running_set: what is in force, in the form in which `explain` looks at a loaded set.
// Thread: any.   Lifetime: shares what `current` holds.
// Fails: never.
#pragma once

#include "app/loading.h"
#include "server/server.h"

namespace aven::app {

// Without texts, lists and most of the configuration.
LoadedSet running_set(const server::Current& current);

}  // namespace aven::app
