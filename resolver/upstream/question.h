// The question as it goes out and as a reply must repeat it (RFC 5452 section 9.1), with the case of its
// letters drawn at random where the server takes part in that (draft-vixie-dnsext-dns0x20).
// Thread: any; no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dns/ask.h"
#include "dns/wire.h"
#include "upstream/server_cookie.h"

namespace aven::upstream {

inline constexpr std::size_t MaxQuestionMessage =
    dns::HeaderSize + dns::MaxNameSize + 4 + 11 + ServerCookie::OptionSize;
using QuestionBuffer = std::array<std::uint8_t, MaxQuestionMessage>;

// Bit n of `case_bits` (from the start again after 64) puts octet n of the name in upper case if it is a
// letter. `cookie` (RFC 7873), if there is one, needs `with_edns`.
std::span<const std::uint8_t> write_question(QuestionBuffer& out, const dns::Ask& ask, std::uint16_t id, bool with_edns,
                                             std::uint64_t case_bits,
                                             std::span<const std::uint8_t> cookie = {}) noexcept;

enum class Match : std::uint8_t {
  Yes,
  OtherCase,  // all but the case of the letters
  No,         // no reply, another opcode, another question
};
Match match_reply(std::span<const std::uint8_t> message, const dns::Ask& ask, std::uint64_t case_bits) noexcept;

}  // namespace aven::upstream
