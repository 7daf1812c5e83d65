// FakeBootstrap: a name server on loopback that knows the addresses of dns.example, for 300 s.
// Thread: the test's; turn() answers what has come.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "unit/server/support.h"

namespace aven::test {

struct FakeBootstrap {
  static constexpr char TypeA = 1, TypeAaaa = 28;

  FakeBootstrap() { address = name_of(socket.fd.get()); }
  void turn() {
    while (const auto got = socket.receive()) {
      ++asked;
      constexpr std::size_t QuestionEnd = 12 + 13 + 4;  // header, dns.example, type and class
      std::string reply = got->data.substr(0, QuestionEnd);
      const char type = reply[reply.size() - 3];
      const auto& found = answers[type];
      reply[2] = '\x81';
      reply[3] = '\x80';
      reply[7] = static_cast<char>(found.size());
      reply[11] = 0;
      for (const auto& data : found) {
        reply += std::string{"\xc0\x0c\0", 3} + type + std::string{"\0\1\0\0\1\x2c\0", 7};
        reply += static_cast<char>(data.size()) + data;
      }
      socket.send_to(got->from, reply);
    }
  }

  Client socket{SOCK_DGRAM, loopback()};
  Endpoint address;
  std::map<char, std::vector<std::string>> answers;  // by the question's type, each in wire form
  int asked = 0;
};

}  // namespace aven::test
