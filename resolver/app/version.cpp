#include "app/version.h"

namespace aven::app {

std::string_view version() noexcept {
  return AVEN_VERSION;
}

WallTime build_time() noexcept {
  return WallTime{std::chrono::seconds{AVEN_BUILD_TIME}};
}

}  // namespace aven::app
