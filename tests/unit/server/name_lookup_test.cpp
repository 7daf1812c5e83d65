#include "server/name_lookup.h"

#include <catch2/catch.hpp>

#include "base/tick.h"
#include "unit/server/fake_bootstrap.h"

using namespace aven;
using namespace aven::server;
using namespace std::chrono_literals;

namespace {

constexpr char TypeA = test::FakeBootstrap::TypeA, TypeAaaa = test::FakeBootstrap::TypeAaaa;

struct Scene {
  bool until_done(int count) {
    return test::run_until(loop, [&] {
      server.turn();
      return done >= count;
    });
  }
  void turn_often() {
    int turns = 0;
    test::run_until(loop, [&] {
      server.turn();
      return ++turns > 20;
    });
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const auto& address : lookup.addresses()) out.push_back(address.text());
    return out;
  }

  uv::Loop loop;
  SystemRandom random;
  test::FakeBootstrap server;
  int done = 0;
  NameLookup lookup{loop, random, "dns.example", std::span{&server.address, 1}, [this](Tick) { ++done; }};
};

}  // namespace

TEST_CASE("a name's addresses of both families are found, IPv4 first", "[server]") {
  Scene scene;
  scene.server.answers[TypeA] = {{"\xc0\0\2\1", 4}};
  scene.server.answers[TypeAaaa] = {"\x20\1" + std::string(13, '\0') + "\1"};
  const Tick now = read_tick();
  scene.lookup.refresh(now);
  scene.lookup.refresh(now);  // is asking already
  CHECK(scene.addresses().empty());
  REQUIRE(scene.until_done(1));
  CHECK(scene.addresses() == std::vector<std::string>{"192.0.2.1", "2001::1"});

  const int asked = scene.server.asked;
  scene.lookup.refresh(now + 299s);  // still good
  scene.turn_often();
  CHECK(scene.server.asked == asked);
  CHECK(scene.done == 1);
}

TEST_CASE("after its time a name is asked again, and what was known serves meanwhile", "[server]") {
  Scene scene;
  scene.server.answers[TypeA] = {{"\xc0\0\2\1", 4}};
  scene.lookup.refresh(read_tick());
  REQUIRE(scene.until_done(1));
  scene.server.answers.clear();
  scene.lookup.refresh(read_tick() + 301s);
  CHECK(scene.addresses() == std::vector<std::string>{"192.0.2.1"});
  REQUIRE(scene.until_done(2));
  CHECK(scene.addresses() == std::vector<std::string>{"192.0.2.1"});  // no address is no news
  scene.server.answers[TypeA] = {{"\xc0\0\2\2", 4}};
  scene.lookup.refresh(read_tick() + 302s);
  REQUIRE(scene.until_done(3));
  CHECK(scene.addresses() == std::vector<std::string>{"192.0.2.2"});
}

TEST_CASE("a name without addresses is an end without addresses", "[server]") {
  Scene scene;
  scene.lookup.refresh(read_tick());
  REQUIRE(scene.until_done(1));
  CHECK(scene.addresses().empty());
}
