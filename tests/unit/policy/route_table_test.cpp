#include "policy/route_table.h"

#include <catch2/catch.hpp>

#include "support/message_builder.h"

using namespace aven;
using policy::EveryGroup;
using policy::RouteTable;

namespace {

RouteTable routes() {
  RouteTable table;
  table.add(test::name_of("ville.example"), EveryGroup, 1);
  table.add(test::name_of("lab.ville.example"), 3, 2);
  table.add(test::name_of("ville.example"), 4, 5);
  return table;
}

}  // namespace

TEST_CASE("the most specific suffix that speaks to the group gives the route", "[policy]") {
  const auto table = routes();
  const auto at = [&](const std::string& name, policy::GroupIndex group) {
    return table.find(test::name_of(name), dns::Type::A, group);
  };
  CHECK(at("www.ville.example", 0).route == 1);
  CHECK(at("www.ville.example", 0).labels == 2);
  CHECK(at("www.ville.example", 4).route == 5);
  CHECK(at("x.lab.ville.example", 3).route == 2);
  CHECK(at("x.lab.ville.example", 3).labels == 3);
  CHECK(at("x.lab.ville.example", 0).route == 1);
  CHECK_FALSE(at("example", 0).found);
  CHECK_FALSE(RouteTable{}.find(test::name_of("a.example"), dns::Type::A, 0).found);
}

TEST_CASE("DS is routed by the parent name", "[policy]") {
  const auto table = routes();
  CHECK_FALSE(table.find(test::name_of("ville.example"), dns::Type::DS, 0).found);
  CHECK(table.find(test::name_of("a.ville.example"), dns::Type::DS, 0).route == 1);
}

TEST_CASE("a route for the root is for every name", "[policy]") {
  RouteTable table;
  table.add(dns::Name{}, EveryGroup, 7);
  const auto match = table.find(test::name_of("a.example"), dns::Type::A, 0);
  CHECK(match.route == 7);
  CHECK(match.found);
  CHECK(match.labels == 0);
}
