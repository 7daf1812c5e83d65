#include <iostream>

#include "app/commands.h"
#include "app/version.h"

namespace aven::app {

int print_version() {
  std::cout << "Aven " << version() << '\n';
  return Done;
}

}  // namespace aven::app
