// running_set: what is in force, in the form in which `explain` looks at a loaded set.
// Thread: any.   Lifetime: shares what `current` holds.
// Fails: never.
#pragma once

#include "app/loading.h"
#include "server/server.h"

namespace aven::app {

// `places` are those of the running configuration. Without texts, lists and most of the configuration.
LoadedSet running_set(const server::Current& current, const ListPlaces& places);

}  // namespace aven::app
