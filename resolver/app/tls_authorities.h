// load_authorities: whom to believe over TLS, from the files that `tls_ca` names, or the system.
// Thread: any; blocks. Not for workers.
// Fails: by problems at the setting; a server whose authorities cannot be read has none and is not asked.
#pragma once

#include "app/config.h"
#include "policy/problem.h"
#include "server/tls_context.h"

namespace aven::app {

// Those that the servers of the configuration need.
server::TlsContexts load_authorities(const Config& config, policy::Severity severity, policy::Problems& problems);

}  // namespace aven::app
