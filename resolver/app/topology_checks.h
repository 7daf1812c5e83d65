// What `check` says of the servers around Aven: ways by which a question could come back to Aven, and addresses of its
// clients whose names nobody is asked for.
// Thread: any.   Fails: never; all of it are warnings: the configuration may be right.
#pragma once

#include "app/config.h"

namespace aven::app {

policy::Problems topology_warnings(const Config& config);

}  // namespace aven::app
