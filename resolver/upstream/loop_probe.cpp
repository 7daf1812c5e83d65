#include "upstream/loop_probe.h"

#include <algorithm>
#include <string_view>

#include "base/bytes.h"
#include "dns/reply.h"

namespace aven::upstream {
namespace {

constexpr std::string_view Start = "aven-loop-";
constexpr std::size_t MarkDigits = 16, NonceDigits = 8;
constexpr std::size_t LabelSize = Start.size() + MarkDigits + NonceDigits;
constexpr std::string_view Digits = "0123456789abcdef";

void write_hex(ByteWriter& writer, std::uint64_t value, std::size_t digits) noexcept {
  for (std::size_t i = digits; i-- > 0;) writer.u8(static_cast<std::uint8_t>(Digits[value >> 4 * i & 0xf]));
}

// The part of the label that all probes of the process begin with, length octet included.
using Head = std::array<std::uint8_t, 1 + Start.size() + MarkDigits>;
Head head_of(LoopMark mark) noexcept {
  Head head;
  ByteWriter writer{head};
  writer.u8(LabelSize);
  for (const char c : Start) writer.u8(static_cast<std::uint8_t>(c));
  write_hex(writer, mark, MarkDigits);
  return head;
}

}  // namespace

std::optional<dns::Ask> make_probe(const dns::Ask& question, LoopMark mark, std::uint32_t nonce) noexcept {
  std::array<std::uint8_t, 1 + LabelSize + dns::MaxNameSize> wire;
  ByteWriter writer{wire};
  writer.bytes(head_of(mark));
  write_hex(writer, nonce, NonceDigits);
  writer.bytes(question.name.wire());
  const auto name = dns::Name::from_wire(writer.written());
  if (!name) return std::nullopt;
  return dns::Ask{*name, dns::Type::TXT, dns::Class::IN, false, true, question.route};
}

bool is_probe(const dns::Name& name, LoopMark mark) noexcept {
  const auto wire = name.wire();
  if (mark == 0 || wire[0] != LabelSize || wire[1] != static_cast<std::uint8_t>(Start[0])) return false;
  const Head head = head_of(mark);
  return std::equal(head.begin(), head.end(), wire.begin());
}

ProbeAnswer::ProbeAnswer(const IpAddress& peer) noexcept {
  const std::string text = peer.text();
  ByteWriter writer{octets_};
  writer.u8(static_cast<std::uint8_t>(text.size()));
  for (const char c : text) writer.u8(static_cast<std::uint8_t>(c));
  size_ = writer.size();
}

std::optional<IpAddress> came_back_from(std::span<const std::uint8_t> clean_reply, const dns::Name& probe) noexcept {
  dns::RecordWalk walk{clean_reply};
  dns::Record record;
  while (walk.next(record)) {
    if (record.type != dns::Type::TXT || !(record.owner == probe)) continue;
    ByteReader reader{clean_reply, record.rdata_position};
    const auto text = reader.bytes(reader.u8());
    if (reader.failed() || text.size() + 1U != record.rdata_size) continue;
    return IpAddress::parse({reinterpret_cast<const char*>(text.data()), text.size()});
  }
  return std::nullopt;
}

}  // namespace aven::upstream
