// The side of a client: makes queries and reads answers, both with ldns.
// Thread: one.   Fails: what ldns cannot make or read throws std::runtime_error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/fake_authority.h"

namespace aven::test {

struct ClientQuery {
  std::string name, type = "A", class_ = "IN";
  std::uint16_t id = 1;
  bool recursion_desired = true, checking_disabled = false, ad = false, dnssec_ok = false, edns = true;
  std::uint16_t udp_size = 1232;
};
Bytes to_wire(const ClientQuery& query);

struct ClientAnswer {
  std::uint16_t id = 0;
  std::string rcode;
  std::vector<std::string> flags;                          // of qr aa tc rd ra ad cd
  std::string question;                                    // "example.com. IN A", case as it came
  std::vector<std::string> answer, authority, additional;  // "example.com. 300 IN A 192.0.2.1"
  std::vector<int> ede;
  std::size_t size = 0;
};
ClientAnswer read_answer(std::span<const std::uint8_t> message);

}  // namespace aven::test
