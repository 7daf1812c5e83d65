// FakeAuthority: an authoritative server for tests, made of zone-file lines; it builds its replies with ldns, so that our
// own wire code is not its own judge.
// Thread: one.   Fails: a line that ldns cannot read throws std::runtime_error.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dns/ldns_ptr.h"

namespace aven::test {

using Bytes = std::vector<std::uint8_t>;

class FakeAuthority {
 public:
  void add_record(const std::string& line);

  enum class Twist : std::uint8_t {
    None,
    Truncated,
    WrongId,
    WrongQuestion,
    NotAReply,
    ServFail,
    Refused,
    FormErr,
    Garbage,
    Authentic,
    Shuffled,
    OtherOpcode,
    LowerCase,  // of the question
    Poisoned,   // with an address of victim.example, which nobody asked for
  };
  // The reply to a query message, CNAMEs followed inside the zone lines; `twist` spoils it.
  Bytes reply_to(std::span<const std::uint8_t> query, Twist twist = Twist::None) const;

 private:
  void answer(ldns_pkt& reply, const ldns_rdf* name, ldns_rr_type type) const;
  void deny(ldns_pkt& reply, const ldns_rdf* name) const;
  bool exists(const ldns_rdf* name) const;
  std::vector<dns::RrPtr> records_;
};

Bytes to_wire(const ldns_pkt& packet);

}  // namespace aven::test
