// What the control socket offers beside the page's documents: explain in words, reload, flush, rollback.
// Thread: control's.
// Lifetime: what is passed in outlives the Control.
#pragma once

#include "app/change_record.h"
#include "app/config.h"
#include "app/control.h"
#include "server/server.h"

namespace aven::app {

struct ControlWorld {
  const Config& config;  // as at the start
  server::Server& server;
  ChangeSink& changes;
};

void add_explain(Control& control, const ControlWorld& world);
void add_flush(Control& control, const ControlWorld& world);
void add_rollback(Control& control, const ControlWorld& world);

}  // namespace aven::app
