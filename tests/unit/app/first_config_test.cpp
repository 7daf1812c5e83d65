#include "app/first_config.h"

#include <catch2/catch.hpp>

#include "app/config.h"

using namespace aven;
using namespace aven::app;

namespace {

LoadedConfig parsed(const FirstConfig& first) {
  Machine machine;
  machine.resolvers = {*Endpoint::parse("192.0.2.1:53")};
  return parse_config(policy::SourceText{"aven.json", first_config_text(first)}, "/etc/aven", machine);
}

}  // namespace

TEST_CASE("a first configuration loads without a problem", "[app]") {
  const auto loaded = parsed({{"10.1.0.53", "[2001:db8::53]:5353"}, {}, "Europe/Paris", "fr"});
  CHECK(loaded.problems.empty());
  REQUIRE(loaded.config.listen.size() == 2);
  CHECK(loaded.config.listen[0].text() == "10.1.0.53:53");
  CHECK(loaded.config.listen[1].text() == "[2001:db8::53]:5353");
  CHECK(loaded.config.policy.timezone == "Europe/Paris");
  CHECK(loaded.config.policy.language == "fr");
  CHECK(loaded.config.upstreams.servers.size() == 1);
  REQUIRE(loaded.config.status.listen);
  CHECK(loaded.config.status.listen->address.is_loopback());
}

TEST_CASE("a first configuration keeps its files where the package has them", "[app]") {
  const auto loaded = parsed({{"127.0.0.1"}, {}, "", "en"});
  CHECK(loaded.config.rules == "/etc/aven/rules");
  CHECK(loaded.config.state == "/var/lib/aven");
  CHECK(loaded.config.control == "/run/aven/control.sock");
  CHECK(loaded.config.policy.timezone == "UTC");
}

TEST_CASE("a first configuration asks the servers that were named", "[app]") {
  const auto loaded = parsed({{"127.0.0.1"}, {"192.0.2.7", "192.0.2.8:5353"}, "", "en"});
  CHECK(loaded.problems.empty());
  REQUIRE(loaded.config.upstreams.servers.size() == 2);
  CHECK(loaded.config.upstreams.servers[1].text() == "192.0.2.8:5353");
}

TEST_CASE("what is no address is a problem at its place, whatever it holds", "[app]") {
  const auto loaded = parsed({{"ten.one\"], \"workers\": [\""}, {}, "", "en"});
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].pointer == "/listen/0");
}
