#include "server/tcp_admission.h"

#include <catch2/catch.hpp>

using namespace aven;
using Result = server::TcpAdmission::Result;

TEST_CASE("connections are limited in all and for each client, and come free again", "[server]") {
  const auto one = *IpAddress::parse("192.0.2.1"), other = *IpAddress::parse("2001:db8::1");
  const server::TcpLimits limits{.connections = 3, .per_client = 2};
  server::TcpAdmission admission;
  CHECK(admission.admit(one, limits) == Result::Admitted);
  CHECK(admission.admit(one, limits) == Result::Admitted);
  CHECK(admission.admit(one, limits) == Result::TooManyOfClient);
  CHECK(admission.admit(other, limits) == Result::Admitted);
  CHECK(admission.admit(other, limits) == Result::TooMany);
  admission.release(one);
  CHECK(admission.admit(other, limits) == Result::Admitted);
  admission.release(other);
  CHECK(admission.admit(one, limits) == Result::Admitted);
}
