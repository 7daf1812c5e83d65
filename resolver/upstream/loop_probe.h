// Loop probes: how a question of ours that comes back is recognised. Servers on the way make questions of their own
// (other ID, other EDNS options, perhaps one for many), so nothing in a question of ours can be told again, except its
// name. So a server that lets a question run out of time is asked, once in a while, for a name that only this process
// knows, one label below the name in question: it takes the same way. If that name is asked of us, whoever sent it
// gets a TXT record with its own address, and the record comes back along the loop to whoever probed. CD is set, or a
// validating server on the way would keep the record for itself.
// Thread: any; values, no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/net_address.h"
#include "dns/ask.h"

namespace aven::upstream {

// Drawn at random once for the process, so that each worker knows the probes of all. 0 = no probes.
using LoopMark = std::uint64_t;

// The probe that takes the way of `question`; nothing if its name would be too long.
std::optional<dns::Ask> make_probe(const dns::Ask& question, LoopMark mark, std::uint32_t nonce) noexcept;
// Is this name a probe of this process?
bool is_probe(const dns::Name& name, LoopMark mark) noexcept;

// TXT RDATA that tells the address a probe came back from.
class ProbeAnswer {
 public:
  explicit ProbeAnswer(const IpAddress& peer) noexcept;
  std::span<const std::uint8_t> rdata() const noexcept { return std::span{octets_}.first(size_); }

 private:
  std::array<std::uint8_t, 1 + 45> octets_{};
  std::size_t size_ = 0;
};
// What the clean reply to a probe says of that; nothing if it is no answer of ours: there is no loop.
std::optional<IpAddress> came_back_from(std::span<const std::uint8_t> clean_reply, const dns::Name& probe) noexcept;

}  // namespace aven::upstream
