#include "cache/entry.h"

#include "base/bytes.h"
#include "dns/name_octets.h"
#include "dns/reply.h"

namespace aven::cache {
namespace {

// Calls visit(position) for the TTL of each record; false = not a whole message.
template <class Visit>
bool visit_ttls(std::span<const std::uint8_t> wire, Visit&& visit) noexcept {
  const auto header = dns::Header::read(wire);
  if (!header || header->questions != 1) return false;
  ByteReader reader{wire, dns::HeaderSize};
  if (!dns::skip_name(reader)) return false;
  reader.skip(4);
  const std::uint32_t records = std::uint32_t{header->answers} + header->authorities + header->additionals;
  for (std::uint32_t i = 0; i < records; ++i) {
    if (!dns::skip_name(reader)) return false;
    reader.skip(4);
    const std::size_t position = reader.position();
    reader.skip(4);
    reader.skip(reader.u16());
    if (reader.failed()) return false;
    visit(static_cast<std::uint16_t>(position));
  }
  return !reader.failed();
}

}  // namespace

Key make_key(const dns::Ask& ask, Kind kind, std::span<const std::uint8_t> name, std::uint64_t name_hash) noexcept {
  const auto type = kind == Kind::Nxdomain ? std::uint64_t{0} : static_cast<std::uint64_t>(ask.type);
  Key key;
  key.name = name;
  key.meta = type | static_cast<std::uint64_t>(ask.class_) << 16 | std::uint64_t{ask.route} << 32 |
             std::uint64_t{ask.dnssec_ok} << 48 | std::uint64_t{ask.checking_disabled} << 49 |
             static_cast<std::uint64_t>(kind) << 56;
  std::uint64_t mixed = (name_hash ^ key.meta * 0x9e3779b97f4a7c15U) * 0xd6e8feb86659fd93U;
  mixed ^= mixed >> 32;
  key.tag = static_cast<std::uint32_t>(mixed * 0xd6e8feb86659fd93U >> 32);
  return key;
}

std::size_t Entry::units_for(std::size_t wire_size, std::size_t ttl_count) noexcept {
  const std::size_t bytes = sizeof(Entry) + (wire_size + 1) / 2 * 2 + ttl_count * sizeof(std::uint16_t);
  return (bytes + UnitBytes - 1) / UnitBytes;
}

std::span<const std::uint8_t> Entry::name() noexcept {
  return name_at(wire_data() + dns::HeaderSize);
}

std::optional<std::uint16_t> count_ttls(std::span<const std::uint8_t> wire, const dns::Name& name) noexcept {
  const auto asked = name.wire();
  if (wire.size() > dns::MaxMessageSize || wire.size() < dns::HeaderSize + asked.size() + 4) return std::nullopt;
  if (std::memcmp(wire.data() + dns::HeaderSize, asked.data(), asked.size()) != 0) return std::nullopt;
  std::uint16_t count = 0;
  if (!visit_ttls(wire, [&](std::uint16_t) { ++count; })) return std::nullopt;
  return count;
}

void write_ttl_positions(Entry& entry) noexcept {
  std::uint16_t* out = entry.ttl_positions();
  std::uint16_t written = 0;
  static_cast<void>(visit_ttls(entry.wire(), [&](std::uint16_t position) { out[written++] = position; }));
}

std::span<const std::uint8_t> name_at(const std::uint8_t* first) noexcept {
  std::size_t size = 0;
  while (first[size] != 0) size += first[size] + 1U;
  return {first, size + 1};
}

std::size_t label_count(std::span<const std::uint8_t> name) noexcept {
  std::size_t labels = 0;
  for (std::size_t at = 0; name[at] != 0; at += name[at] + 1U) ++labels;
  return labels;
}

bool is_at_or_below(std::span<const std::uint8_t> name, std::span<const std::uint8_t> ancestor) noexcept {
  while (name.size() > ancestor.size()) name = name.subspan(name[0] + std::size_t{1});
  return name.size() == ancestor.size() && std::memcmp(name.data(), ancestor.data(), name.size()) == 0;
}

}  // namespace aven::cache
