#include "uv/loop.h"

#include <csignal>

#include "base/check.h"

namespace aven::uv {

Loop::Loop() {
  std::signal(SIGPIPE, SIG_IGN);
  AVEN_CHECK(uv_loop_init(&loop_) == 0);
}

Loop::~Loop() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  AVEN_CHECK(uv_loop_close(&loop_) == 0);
}

}  // namespace aven::uv
