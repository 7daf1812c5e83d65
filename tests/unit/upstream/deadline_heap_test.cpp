#include "upstream/deadline_heap.h"

#include <catch2/catch.hpp>
#include <map>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;

TEST_CASE("the heap agrees with a sorted list, whatever is set, moved and removed", "[deadline_heap]") {
  DeadlineHeap heap;
  std::map<std::uint32_t, Tick> model;
  test::ScriptedRandom random{7};
  for (int step = 0; step < 20000; ++step) {
    const auto slot = random.below(64);
    if (random.below(3) == 0) {
      heap.remove(slot);
      model.erase(slot);
    } else {
      const Tick deadline{Duration{random.below(1000)}};
      heap.set(slot, deadline);
      model[slot] = deadline;
    }
    Tick least = Never;
    for (const auto& [key, deadline] : model) least = std::min(least, deadline);
    REQUIRE(heap.next() == least);
    if (least != Never) REQUIRE(model.at(heap.next_slot()) == least);
  }
}
