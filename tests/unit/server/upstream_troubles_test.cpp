#include "server/upstream_troubles.h"

#include <catch2/catch.hpp>

using namespace aven;
using namespace aven::server;

TEST_CASE("trouble with a server is news once, from whichever worker, and its end when the last is rid of it",
          "[server]") {
  UpstreamTroubles troubles;
  const auto first = troubles.note(0, "tls://a", "it ended");
  REQUIRE(first);
  CHECK(first->is_bad);
  CHECK(first->text == "tls://a: it ended");
  CHECK_FALSE(troubles.note(1, "tls://a", "it ended"));
  CHECK_FALSE(troubles.note(0, "tls://a", ""));
  REQUIRE(troubles.problems().size() == 1);
  CHECK(troubles.problems()[0].file == "tls://a");
  CHECK(troubles.problems()[0].text == "it ended");

  const auto last = troubles.note(1, "tls://a", "");
  REQUIRE(last);
  CHECK_FALSE(last->is_bad);
  CHECK(troubles.problems().empty());
  CHECK_FALSE(troubles.note(1, "tls://a", ""));
}

TEST_CASE("another reason is news", "[server]") {
  UpstreamTroubles troubles;
  troubles.note(0, "tls://a", "it ended");
  CHECK(troubles.note(0, "tls://a", "it is for another"));
  CHECK(troubles.texts().at("tls://a") == "it is for another");
}

TEST_CASE("servers that are not asked any more have no trouble", "[server]") {
  UpstreamTroubles troubles;
  upstream::UpstreamSet set;
  upstream::Server server;
  server.endpoint = *Endpoint::parse("192.0.2.1:53");
  set.servers.push_back(server);
  troubles.note(0, server.text(), "why");
  troubles.note(0, "tls://gone", "why");
  troubles.keep_only(set);
  CHECK(troubles.texts().size() == 1);
  CHECK(troubles.texts().count(server.text()) == 1);
}
