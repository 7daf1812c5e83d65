#include "cache/cache_image.h"

#include <array>

#include "base/bytes.h"
#include "dns/reply.h"

namespace aven::cache {
namespace {

// One reply: flags u8, route u16, age in seconds u32, size u16, the clean wire form.
constexpr std::size_t HeadSize = 9;
constexpr std::uint8_t DnssecOk = 1, CheckingDisabled = 2, Authentic = 4, AllFlags = 7;

// The question that the reply repeats, less what only the head says.
std::optional<dns::Ask> question_of(std::span<const std::uint8_t> wire) noexcept {
  ByteReader reader{wire, dns::HeaderSize};
  dns::Ask ask;
  if (!ask.name.read(reader)) return std::nullopt;
  ask.type = static_cast<dns::Type>(reader.u16());
  ask.class_ = static_cast<dns::Class>(reader.u16());
  return reader.failed() ? std::nullopt : std::optional{ask};
}

std::uint8_t flags_of(const AnswerCache::Kept& kept) noexcept {
  return static_cast<std::uint8_t>((kept.dnssec_ok ? DnssecOk : 0) | (kept.checking_disabled ? CheckingDisabled : 0) |
                                   (kept.authentic ? Authentic : 0));
}

}  // namespace

void write_image(const AnswerCache& cache, Tick now, std::vector<std::uint8_t>& out) {
  cache.for_each(now, [&](const AnswerCache::Kept& kept) {
    const std::size_t at = out.size();
    out.resize(at + HeadSize + kept.wire.size());
    ByteWriter writer{std::span{out}.subspan(at)};
    writer.u8(flags_of(kept));
    writer.u16(kept.route);
    writer.u32(kept.age_s);
    writer.u16(static_cast<std::uint16_t>(kept.wire.size()));
    writer.bytes(kept.wire);
  });
}

bool ImageReader::restore(std::size_t count, const LimitsOf& limits, Tick now, AnswerCache& cache) {
  for (; count > 0; --count) {
    if (!is_good_ || reader_.remaining() == 0) return false;
    is_good_ = restore_one(limits, now, cache);
    if (is_good_) ++replies_;
  }
  return is_good_ && reader_.remaining() > 0;
}

bool ImageReader::restore_one(const LimitsOf& limits_of, Tick now, AnswerCache& cache) {
  const std::uint8_t flags = reader_.u8();
  const dns::RouteId route = reader_.u16();
  const std::chrono::seconds age{reader_.u32()};
  const auto wire = reader_.bytes(reader_.u16());
  if (reader_.failed() || flags > AllFlags) return false;
  auto ask = question_of(wire);
  const auto limits = limits_of(route);
  if (!ask || !limits) return false;
  ask->dnssec_ok = (flags & DnssecOk) != 0;
  ask->checking_disabled = (flags & CheckingDisabled) != 0;
  ask->route = route;
  std::array<std::uint8_t, dns::MaxMessageSize> buffer;
  dns::CleanReply reply;
  if (dns::clean_reply(wire, *ask, *limits, buffer, reply) != dns::CleanError::None) return false;
  if (reply.rcode != dns::Rcode::NoError && reply.rcode != dns::Rcode::NxDomain) return false;
  reply.authentic = (flags & Authentic) != 0;  // the wire form does not say
  cache.restore(*ask, reply, written_ - age, now);
  return true;
}

}  // namespace aven::cache
