#include "server/own_probe.h"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "unit/server/support.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;
using test::Bytes;

// Answers every datagram as `answer` makes it of the question; an empty one is not sent.
class Responder {
 public:
  explicit Responder(std::function<Bytes(Bytes)> answer) : answer_(std::move(answer)) {
    int error = 0;
    socket_ = bind_udp(test::loopback(), SharePort::No, error);
    REQUIRE(socket_);
    thread_ = std::thread{[this] { run(); }};
  }
  ~Responder() {
    ending_ = true;
    thread_.join();
  }
  Endpoint address() const { return test::name_of(socket_.get()); }
  int asked() const { return asked_; }

 private:
  void run() {
    while (!ending_) {
      pollfd wanted{socket_.get(), POLLIN, 0};
      if (poll(&wanted, 1, 10) <= 0) continue;
      std::array<std::uint8_t, 512> buffer{};
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      const auto size =
          recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size <= 0) continue;
      ++asked_;
      const auto reply = answer_(Bytes{buffer.begin(), buffer.begin() + size});
      if (!reply.empty()) {
        sendto(socket_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
      }
    }
  }

  std::function<Bytes(Bytes)> answer_;
  FileDescriptor socket_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

Bytes replied(Bytes message, std::uint8_t rcode) {
  message[2] |= 0x80;
  message[3] = rcode;
  return message;
}

std::string probe(const Responder& responder) {
  const std::array addresses{responder.address()};
  return OwnProbe{}.ask(addresses, Tick{} + 1s);
}

TEST_CASE("the own question is answered by any answer to it", "[server]") {
  for (const std::uint8_t rcode : std::initializer_list<std::uint8_t>{3, 5, 0}) {
    const Responder responder{[&](Bytes question) { return replied(std::move(question), rcode); }};
    CHECK(probe(responder).empty());
    CHECK(responder.asked() == 1);
  }
}

TEST_CASE("a silent server is asked again, then told by its address", "[server]") {
  const Responder responder{[](const Bytes&) { return Bytes{}; }};
  CHECK(probe(responder) == "the own question to " + responder.address().text() + " is not answered");
  CHECK(responder.asked() == OwnProbe::Tries);
}

TEST_CASE("what answers another question is no answer", "[server]") {
  const Responder other_id{[](Bytes question) {
    question[0] ^= 1;
    return replied(std::move(question), 3);
  }};
  CHECK_FALSE(probe(other_id).empty());
  const Responder other_name{[](Bytes question) {
    question[13] ^= 1;
    return replied(std::move(question), 3);
  }};
  CHECK_FALSE(probe(other_name).empty());
  const Responder echo{[](Bytes question) { return question; }};
  CHECK_FALSE(probe(echo).empty());
  const Responder short_one{[](const Bytes&) { return Bytes{1, 2, 3}; }};
  CHECK_FALSE(probe(short_one).empty());
}

TEST_CASE("nobody at the address is an answer that fails at once", "[server]") {
  Endpoint address;
  {
    int error = 0;
    const auto socket = bind_udp(test::loopback(), SharePort::No, error);
    address = test::name_of(socket.get());
  }
  const std::array addresses{address};
  CHECK_FALSE(OwnProbe{}.ask(addresses, Tick{} + 1s).empty());
}

TEST_CASE("a server on all addresses is asked at the loopback one, and not more than once a second", "[server]") {
  const Responder responder{[](Bytes question) { return replied(std::move(question), 3); }};
  const std::array addresses{*Endpoint::parse("0.0.0.0:" + std::to_string(responder.address().port))};
  OwnProbe probe;
  CHECK(probe.ask(addresses, Tick{} + 1s).empty());
  CHECK(probe.ask(addresses, Tick{} + 1900ms).empty());
  CHECK(responder.asked() == 1);
  CHECK(probe.ask(addresses, Tick{} + 2s).empty());
  CHECK(responder.asked() == 2);
}

}  // namespace
}  // namespace aven::server
