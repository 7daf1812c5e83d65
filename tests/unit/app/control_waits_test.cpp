#include "app/control_waits.h"

#include <catch2/catch.hpp>
#include <future>
#include <thread>

using namespace aven;
using app::ControlWaits;

TEST_CASE("a wait ends with the answer that another thread gives, the first one", "[app]") {
  ControlWaits waits;
  std::thread control;
  const auto got = waits.wait_for([&](const ControlWaits::Answer& answer) {
    control = std::thread{[answer] {
      answer({200, "", "first", nullptr});
      answer({200, "", "second", nullptr});
    }};
  });
  control.join();
  CHECK(got.code == 200);
  CHECK(got.body == "first");
}

TEST_CASE("whoever waits when Aven ends is told, and whoever comes later", "[app]") {
  ControlWaits waits;
  std::promise<void> waiting;
  ControlWaits::Answer late;
  auto got = std::async(std::launch::async, [&] {
    return waits.wait_for([&](const ControlWaits::Answer& answer) {
      late = answer;
      waiting.set_value();
    });
  });
  waiting.get_future().wait();
  waits.end();
  CHECK(got.get().code == 503);
  late({200, "", "nobody waits for it", nullptr});

  bool started = false;
  CHECK(waits.wait_for([&](const ControlWaits::Answer&) { started = true; }).code == 503);
  CHECK_FALSE(started);
}
