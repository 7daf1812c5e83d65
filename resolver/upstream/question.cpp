#include "upstream/question.h"

#include <algorithm>

#include "dns/answer.h"
#include "dns/reply.h"

namespace aven::upstream {
namespace {

bool is_lower_letter(std::uint8_t octet) noexcept {
  return octet >= 'a' && octet <= 'z';
}

void raise_case(std::span<std::uint8_t> name, std::uint64_t case_bits) noexcept {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if ((case_bits >> i % 64 & 1) != 0 && is_lower_letter(name[i])) name[i] = static_cast<std::uint8_t>(name[i] - 32);
  }
}

// OPT stands last in `message`, and its data is empty so far.
std::span<const std::uint8_t> add_cookie(QuestionBuffer& out, std::span<const std::uint8_t> message,
                                         std::span<const std::uint8_t> cookie) noexcept {
  ByteWriter option{std::span{out}.subspan(message.size() - 2)};
  option.u16(static_cast<std::uint16_t>(4 + cookie.size()));
  option.u16(static_cast<std::uint16_t>(dns::Option::Cookie));
  option.u16(static_cast<std::uint16_t>(cookie.size()));
  option.bytes(cookie);
  return std::span{out}.first(message.size() - 2 + option.size());
}

}  // namespace

// A length octet is at most 63, so it is never taken for a letter.
std::span<const std::uint8_t> write_question(QuestionBuffer& out, const dns::Ask& ask, std::uint16_t id, bool with_edns,
                                             std::uint64_t case_bits, std::span<const std::uint8_t> cookie) noexcept {
  const auto message = dns::write_upstream_query(out, ask, id, with_edns);
  if (case_bits != 0) raise_case(std::span{out}.subspan(dns::HeaderSize, ask.name.wire().size()), case_bits);
  return cookie.empty() ? message : add_cookie(out, message, cookie);
}

Match match_reply(std::span<const std::uint8_t> message, const dns::Ask& ask, std::uint64_t case_bits) noexcept {
  const auto header = dns::Header::read(message);
  if (!header || !header->is_reply() || header->opcode() != dns::Opcode::Query) return Match::No;
  QuestionBuffer buffer;
  const auto asked = write_question(buffer, ask, 0, false, case_bits).subspan(dns::HeaderSize);
  if (dns::question_matches(message, asked)) return Match::Yes;
  if (case_bits == 0 || header->questions != 1 || message.size() < dns::HeaderSize + asked.size()) return Match::No;
  const bool same = std::equal(asked.begin(), asked.end(), message.begin() + dns::HeaderSize,
                               [](std::uint8_t a, std::uint8_t b) { return dns::lower(a) == dns::lower(b); });
  return same ? Match::OtherCase : Match::No;
}

}  // namespace aven::upstream
