#include "upstream/in_flight.h"

#include <catch2/catch.hpp>

#include "unit/upstream/fake_port.h"

using namespace aven;
using namespace aven::upstream;
using test::ask_for;

namespace {

Try try_at(ServerIndex server, SocketId socket, std::uint16_t id) {
  Try out;
  out.server = server;
  out.socket = socket;
  out.id = id;
  return out;
}

}  // namespace

TEST_CASE("asks are told apart by name, type, class, flags and route", "[in_flight]") {
  InFlight in_flight{{}, 5};
  std::vector<dns::Ask> asks(6, ask_for("www.example"));
  asks[1].type = dns::Type::AAAA;
  asks[2].class_ = dns::Class::CH;
  asks[3].dnssec_ok = true;
  asks[4].checking_disabled = true;
  asks[5].route = 1;
  for (const auto& ask : asks) {
    REQUIRE(in_flight.find(ask) == nullptr);
    REQUIRE(in_flight.add(ask, {}, Tick{}) != nullptr);
  }
  for (const auto& ask : asks) CHECK(in_flight.find(ask)->ask == ask);
  std::size_t of_same_question = 0;
  in_flight.for_each_of(asks[0].name, asks[0].type, asks[0].class_, [&](AskInFlight&) { ++of_same_question; });
  CHECK(of_same_question == 4);
}

TEST_CASE("tries are found by server and ID while they are open", "[in_flight]") {
  InFlight in_flight{{}, 5};
  AskInFlight& ask = *in_flight.add(ask_for("www.example"), {}, Tick{});
  in_flight.add_try(ask, try_at(0, 1, 10));
  in_flight.add_try(ask, try_at(1, 1, 10));
  CHECK(in_flight.find_try(0, 10).sent == &ask.all_tries[0]);
  CHECK(in_flight.find_try(1, 10).sent == &ask.all_tries[1]);
  CHECK_FALSE(in_flight.has_id(0, 11));
  in_flight.close(ask, ask.all_tries[0], Try::State::Used);
  CHECK_FALSE(in_flight.has_id(0, 10));
  CHECK(in_flight.has_id(1, 10));
}

TEST_CASE("a socket's tries are closed together, no other's", "[in_flight]") {
  InFlight in_flight{{}, 5};
  std::vector<AskInFlight*> asks;
  for (std::uint16_t i = 0; i < 100; ++i) {
    asks.push_back(in_flight.add(ask_for("n" + std::to_string(i) + ".z" + std::to_string(i) + ".example"), {}, Tick{}));
    in_flight.add_try(*asks.back(), try_at(i % 2, i % 5, i));
  }
  in_flight.close(*asks[10], asks[10]->all_tries[0], Try::State::Used);
  CHECK(in_flight.close_socket(0, 0).slots.size() == 9);
  CHECK(in_flight.close_socket(0, 0).slots.empty());
  for (std::uint16_t i = 0; i < 100; ++i) CHECK(in_flight.has_id(i % 2, i) == (i % 10 != 0));
}

TEST_CASE("an ended ask lingers: not found as a question, its tries still are", "[in_flight]") {
  InFlight in_flight{{}, 5};
  AskInFlight& ask = *in_flight.add(ask_for("www.example"), {}, Tick{});
  in_flight.add_try(ask, try_at(0, 1, 10));
  in_flight.take_waiters(ask);
  in_flight.end(ask);
  CHECK(in_flight.size() == 0);
  CHECK(in_flight.find(ask_for("www.example")) == nullptr);
  CHECK(in_flight.has_id(0, 10));
  in_flight.release(ask);
  CHECK_FALSE(in_flight.has_id(0, 10));
}

TEST_CASE("a zone is what somebody registers", "[in_flight]") {
  InFlight in_flight{{.in_flight = 40, .waiters_per_ask = 1}, 5};
  const std::string zone = GENERATE("flood.example", "flood.co.uk", "3.2.in-addr.arpa", "flood");
  const std::string beside = GENERATE("other.example", "other.co.uk", "4.2.in-addr.arpa", "other");
  for (int i = 0; i < 16; ++i) REQUIRE(in_flight.add(ask_for("x" + std::to_string(i) + ".a." + zone), {}, Tick{}));
  const bool single_label = zone == "flood";
  CHECK((in_flight.add(ask_for("b." + zone), {}, Tick{}) == nullptr) == !single_label);
  CHECK(in_flight.add(ask_for("b." + beside), {}, Tick{}) != nullptr);
  CHECK(in_flight.add(dns::Ask{}, {}, Tick{}) != nullptr);
}
