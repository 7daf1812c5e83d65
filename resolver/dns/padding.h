// pad_query: EDNS padding of a question that goes out encrypted (RFC 7830), to the next multiple of 128
// octets (RFC 8467 section 4.1), so that its size tells little of the name.
// Thread: any.   Lifetime: gives `buffer`'s octets, or the message itself.
// Fails: never; a message without EDNS is left as it is, since there is nowhere to put it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aven::dns {

inline constexpr std::size_t PaddingBlock = 128;

// `message`: a question of our own: one question, and at most an OPT record, which ends it.
std::span<const std::uint8_t> pad_query(std::span<const std::uint8_t> message, std::vector<std::uint8_t>& buffer);

}  // namespace aven::dns
