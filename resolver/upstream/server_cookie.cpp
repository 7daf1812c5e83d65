#include "upstream/server_cookie.h"

#include <algorithm>

#include "dns/reply.h"

namespace aven::upstream {

ReplyOptions read_options(std::span<const std::uint8_t> reply) noexcept {
  ReplyOptions out;
  dns::RecordWalk walk{reply};
  dns::Record record;
  while (walk.next(record)) {
    if (record.type != dns::Type::OPT || record.section != dns::Section::Additional) continue;
    out.upper_rcode = ByteReader{reply, record.ttl_position}.u8();
    ByteReader reader{reply.first(record.rdata_position + record.rdata_size), record.rdata_position};
    while (!reader.failed() && reader.remaining() != 0) {
      const auto code = static_cast<dns::Option>(reader.u16());
      const auto data = reader.bytes(reader.u16());
      if (!reader.failed() && code == dns::Option::Cookie) out.cookie = data;
    }
  }
  return out;
}

std::span<const std::uint8_t> ServerCookie::to_send(RandomSource& random) noexcept {
  if (size_ == 0) {
    random.fill(std::span{octets_}.first<ClientSize>());
    size_ = ClientSize;
  }
  return std::span{octets_}.first(size_);
}

ServerCookie::Verdict ServerCookie::check(const ReplyOptions& reply, bool mutual) noexcept {
  const auto cookie = reply.cookie;
  if (cookie.empty()) {
    if (!mutual) return Verdict::Fine;
    if (++missing_ >= MissingUntilForgotten && is_mutual()) {
      size_ = ClientSize;
      missing_ = 0;
    }
    return Verdict::Missing;
  }
  const bool ours =
      cookie.size() >= ClientSize && std::equal(octets_.begin(), octets_.begin() + ClientSize, cookie.begin());
  if (!ours || size_ == 0) return Verdict::False;
  missing_ = 0;
  // The server's half has 8 to 32 octets; a server that only echoes ours does not take part.
  if (cookie.size() >= ClientSize + 8 && cookie.size() <= MaxSize) {
    std::copy(cookie.begin(), cookie.end(), octets_.begin());
    size_ = cookie.size();
  }
  return Verdict::Fine;
}

}  // namespace aven::upstream
