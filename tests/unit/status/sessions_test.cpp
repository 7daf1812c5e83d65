#include "status/sessions.h"

#include <catch2/catch.hpp>

#include "unit/status/scripted_random.h"

namespace aven::status {
namespace {

using namespace std::chrono_literals;

struct Fixture {
  ScriptedRandom random;
  Accounts accounts;
  Account marie{"marie", Role::Operator, "scrypt:15:8:1:" + std::string(32, '1') + ':' + std::string(64, '2')};
  Sessions sessions{1h};
  Tick now = Tick{} + 100s;

  Fixture() { accounts.set(marie); }
  bool is_in(const std::string& secret) { return sessions.find(secret, accounts, now).has_value(); }
};

TEST_CASE_METHOD(Fixture, "who has the secret is known until the session's end", "[status]") {
  const auto secret = sessions.start(marie, now, random);
  CHECK(secret.size() == 64);
  const auto visitor = sessions.find(secret, accounts, now);
  REQUIRE(visitor);
  CHECK(visitor->account == "marie");
  CHECK(visitor->role == Role::Operator);
  CHECK_FALSE(is_in(secret.substr(1)));
  CHECK_FALSE(is_in(""));
  now += 1h - 1s;
  CHECK(is_in(secret));
  now += 1s;
  CHECK_FALSE(is_in(secret));
}

TEST_CASE_METHOD(Fixture, "log-out ends one session and leaves the others", "[status]") {
  const auto one = sessions.start(marie, now, random), other = sessions.start(marie, now, random);
  REQUIRE(one != other);
  sessions.end(one);
  CHECK_FALSE(is_in(one));
  CHECK(is_in(other));
}

TEST_CASE_METHOD(Fixture, "a changed or removed account ends its sessions", "[status]") {
  const auto secret = sessions.start(marie, now, random);
  Account viewer = marie;
  viewer.role = Role::Viewer;
  accounts.set(viewer);
  CHECK_FALSE(is_in(secret));
  accounts.set(marie);
  CHECK_FALSE(is_in(secret));  // it does not come back
  const auto again = sessions.start(marie, now, random);
  accounts.remove("marie");
  CHECK_FALSE(is_in(again));
}

TEST_CASE_METHOD(Fixture, "the oldest session makes room", "[status]") {
  const auto first = sessions.start(marie, now, random);
  for (std::size_t i = 0; i < Sessions::Most; ++i) sessions.start(marie, now += 1s, random);
  CHECK(sessions.size() == Sessions::Most);
  CHECK_FALSE(is_in(first));
}

}  // namespace
}  // namespace aven::status
