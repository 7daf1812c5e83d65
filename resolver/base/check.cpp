#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace aven {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "aven: internal error: %s is false (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace aven
