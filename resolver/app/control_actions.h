// What the control socket offers beside the page's documents: explain in words, flush, rollback, the clock.
// Thread: control's.
// Lifetime: what is passed in outlives the Control.
#pragma once

#include <functional>

#include "app/change_record.h"
#include "app/config.h"
#include "app/control.h"
#include "base/tick.h"
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
// `earliest`: no clock that shows an earlier moment is believed.
void add_clock(Control& control, const ControlWorld& world, std::function<WallTime()> earliest);

}  // namespace aven::app
