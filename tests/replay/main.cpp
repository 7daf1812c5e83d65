// replay SCENE.json: plays one scene; exit code 0 if everything is as it says.
#include <cstdio>
#include <exception>

#include "replay/scene.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: replay SCENE.json\n", stderr);
    return 2;
  }
  try {
    const auto differences = aven::test::play_scene(argv[1]);
    for (const auto& difference : differences) std::fprintf(stderr, "%s\n", difference.c_str());
    return differences.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
    return 2;
  }
}
