// ServerCookie: the client side of DNS cookies (RFC 7873 section 5, RFC 9018) towards one server. Our half is drawn at
// random for each server and never told to another; the server's half is kept as it came last. Somebody who cannot see
// our questions cannot forge replies to them once the server has given its half.
// Thread: the worker's; a value.
// Fails: never; what a reply says wrongly makes it a false one.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/random.h"
#include "dns/wire.h"

namespace aven::upstream {

// What OPT of a reply says of rcode and cookie.
struct ReplyOptions {
  std::uint8_t upper_rcode = 0;
  std::span<const std::uint8_t> cookie;  // empty: none
};
ReplyOptions read_options(std::span<const std::uint8_t> reply) noexcept;

class ServerCookie {
 public:
  static constexpr std::size_t ClientSize = 8, MaxSize = 40;
  static constexpr std::size_t OptionSize = 4 + MaxSize;

  // The option's data for the next question: our half, and the server's if there is one.
  std::span<const std::uint8_t> to_send(RandomSource& random) noexcept;
  // Has the server shown that it takes part?
  bool is_mutual() const noexcept { return size_ > ClientSize; }

  enum class Verdict : std::uint8_t { Fine, Missing, False };
  // `mutual`: the question went out with the server's half. Learns a new one.
  Verdict check(const ReplyOptions& reply, bool mutual) noexcept;

 private:
  // RFC 7873 section 5.3: a server that leaves its cookie out so often does not take part any more.
  static constexpr unsigned MissingUntilForgotten = 3;

  std::array<std::uint8_t, MaxSize> octets_{};
  std::size_t size_ = 0;
  unsigned missing_ = 0;
};

}  // namespace aven::upstream
