#include "status/accounts.h"

#include <catch2/catch.hpp>

namespace aven::status {
namespace {

const std::string Hash = "scrypt:15:8:1:" + std::string(32, '1') + ':' + std::string(64, '2');

TEST_CASE("accounts are written as they are read", "[status]") {
  Accounts accounts;
  CHECK(accounts.empty());
  accounts.set({"marie", Role::Operator, Hash});
  accounts.set({"wall", Role::Viewer, Hash});
  const auto again = Accounts::parse(accounts.text());
  REQUIRE(again);
  REQUIRE(again->find("marie") != nullptr);
  CHECK(again->find("marie")->role == Role::Operator);
  CHECK(again->find("wall")->role == Role::Viewer);
  CHECK(again->find("Marie") == nullptr);
  CHECK(again->text() == accounts.text());
}

TEST_CASE("setting an account again replaces it", "[status]") {
  Accounts accounts;
  accounts.set({"marie", Role::Viewer, Hash});
  accounts.set({"marie", Role::Operator, Hash});
  CHECK(accounts.find("marie")->role == Role::Operator);
  CHECK(accounts.remove("marie"));
  CHECK_FALSE(accounts.remove("marie"));
  CHECK(accounts.empty());
}

TEST_CASE("a line that is no account is named by its number", "[status]") {
  const std::string good = "marie:operator:" + Hash + "\n";
  CHECK(Accounts::parse("# remark\r\n\n" + good));
  for (const auto& wrong : {std::string{"marie"}, "marie:root:" + Hash, std::string{"marie:viewer:plain"},
                            ":viewer:" + Hash, "a b:viewer:" + Hash, std::string(33, 'a') + ":viewer:" + Hash}) {
    const auto refused = Accounts::parse(good + wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().starts_with("line 2 "));
  }
  const auto twice = Accounts::parse(good + good);
  REQUIRE_FALSE(twice);
  CHECK(twice.error() == "line 2: marie is there twice");
}

}  // namespace
}  // namespace aven::status
