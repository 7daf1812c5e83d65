#include "uv/mailbox.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <thread>

using namespace aven;

TEST_CASE("a mailbox delivers every message, in each sender's order", "[uv]") {
  constexpr int Senders = 3, Each = 2000;
  uv::Loop loop;
  std::map<int, int> last;
  int received = 0;
  bool in_order = true;
  uv::Mailbox<std::pair<int, int>> mailbox{loop, [&](std::pair<int, int> message) {
                                             in_order = in_order && last[message.first]++ == message.second;
                                             if (++received == Senders * Each) loop.stop();
                                           }};
  std::vector<std::thread> threads;
  for (int sender = 0; sender < Senders; ++sender) {
    threads.emplace_back([&mailbox, sender] {
      for (int i = 0; i < Each; ++i) mailbox.post({sender, i});
    });
  }
  loop.run();
  for (auto& thread : threads) thread.join();
  CHECK(received == Senders * Each);
  CHECK(in_order);
}

TEST_CASE("a message posted while messages are delivered comes in the next turn", "[uv]") {
  uv::Loop loop;
  std::vector<int> seen;
  std::unique_ptr<uv::Mailbox<int>> mailbox;
  mailbox = std::make_unique<uv::Mailbox<int>>(loop, [&](int value) {
    seen.push_back(value);
    if (value == 0) mailbox->post(1);
    if (value == 1) loop.stop();
  });
  mailbox->post(0);
  loop.run();
  CHECK(seen == std::vector{0, 1});
}

TEST_CASE("what lies in a mailbox is freed with it", "[uv]") {
  const auto value = std::make_shared<int>(1);
  {
    uv::Loop loop;
    uv::Mailbox<std::shared_ptr<int>> mailbox{loop, [](std::shared_ptr<int>) {}};
    mailbox.post(value);
    CHECK(value.use_count() == 2);
  }
  CHECK(value.use_count() == 1);
}

TEST_CASE("the latest message of a slot wins and the one overtaken comes back", "[uv]") {
  uv::Loop loop;
  std::vector<int> seen;
  uv::MailSlot<std::unique_ptr<int>> slot{loop, [&](std::unique_ptr<int> value) {
                                            seen.push_back(*value);
                                            loop.stop();
                                          }};
  CHECK_FALSE(slot.post(std::make_unique<int>(1)));
  const auto overtaken = slot.post(std::make_unique<int>(2));
  REQUIRE(overtaken);
  CHECK(**overtaken == 1);
  loop.run();
  CHECK(seen == std::vector{2});
  CHECK_FALSE(slot.post(std::make_unique<int>(3)));
}
