// What is wrong with how servers are set up around Aven, seen while it runs; in words, as problems of the configuration.
// Thread: any.   Fails: never.
#pragma once

#include "policy/problem.h"
#include "server/snapshot.h"

namespace aven::status {

// Servers that do not answer, and forwarding loops seen in the last ten minutes: which server was asked, and who sent the
// question back.
policy::Problems upstream_problems(const server::Snapshot& snapshot);

}  // namespace aven::status
