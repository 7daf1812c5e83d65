// What a loaded set does, in a few lines: where it listens, whom it asks, which rules it has. For serve and
// check.
// Thread: any.
// Fails: never.
#pragma once

#include <string>
#include <vector>

#include "app/loading.h"
#include "base/net_address.h"
#include "base/tick.h"

namespace aven::app {

// `set` must be usable.
std::string summary(const LoadedSet& set, const std::vector<Endpoint>& listening, WallTime now);
// "dig @127.0.0.1 -p 5300 chatgpt.com": asks the first address for a name that a rule blocks, if there is
// one.
std::string dig_line(const LoadedSet& set, const std::vector<Endpoint>& listening);

}  // namespace aven::app
