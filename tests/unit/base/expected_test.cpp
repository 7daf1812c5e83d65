#include "base/expected.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace aven;

TEST_CASE("an Expected with a value gives it", "[base]") {
  Expected<int, std::string> number{7};
  REQUIRE(number);
  CHECK(number.has_value());
  CHECK(*number == 7);
  number.value() = 8;
  CHECK(*number == 8);
}

TEST_CASE("an Expected without value gives the reason", "[base]") {
  const Expected<int, std::string> number{Unexpected{std::string{"no digits"}}};
  REQUIRE_FALSE(number);
  CHECK(number.error() == "no digits");
}

TEST_CASE("value and error may be of the same type", "[base]") {
  const Expected<std::string, std::string> good{std::string{"a"}};
  const Expected<std::string, std::string> bad{Unexpected{std::string{"a"}}};
  CHECK(good.has_value());
  CHECK_FALSE(bad.has_value());
}

TEST_CASE("an Expected hands over what cannot be copied", "[base]") {
  Expected<std::unique_ptr<int>, int> owner{std::make_unique<int>(3)};
  CHECK(**owner == 3);
  const std::unique_ptr<int> taken = std::move(owner).value();
  CHECK(*taken == 3);
}

TEST_CASE("an arrow reaches into the value", "[base]") {
  const Expected<std::string, int> text{std::string{"four"}};
  CHECK(text->size() == 4);
}
