#include "dns/padding.h"

#include <optional>

#include "base/bytes.h"
#include "dns/name.h"
#include "dns/reply.h"
#include "dns/wire.h"

namespace aven::dns {
namespace {

constexpr std::uint16_t PaddingOption = 12;
constexpr std::size_t OptionHead = 4;

// Where the length of the OPT record's data stands.
std::optional<std::size_t> opt_length_position(std::span<const std::uint8_t> message) {
  const auto header = Header::read(message);
  if (!header || header->questions != 1 || header->answers + header->authorities != 0 || header->additionals != 1) {
    return std::nullopt;
  }
  ByteReader reader{message, HeaderSize};
  Name name;
  if (!name.read(reader)) return std::nullopt;
  reader.skip(4);
  const bool is_opt = reader.u8() == 0 && reader.u16() == static_cast<std::uint16_t>(Type::OPT);
  reader.skip(6);
  const std::size_t position = reader.position();
  const std::size_t length = reader.u16();
  if (reader.failed() || !is_opt || reader.remaining() != length) return std::nullopt;
  return position;
}

}  // namespace

std::span<const std::uint8_t> pad_query(std::span<const std::uint8_t> message, std::vector<std::uint8_t>& buffer) {
  const auto length_position = opt_length_position(message);
  if (!length_position) return message;
  const std::size_t least = message.size() + OptionHead;
  const std::size_t padding = (PaddingBlock - least % PaddingBlock) % PaddingBlock;
  buffer.assign(least + padding, 0);
  ByteWriter writer{buffer};
  writer.bytes(message.first(*length_position));
  writer.u16(static_cast<std::uint16_t>(buffer.size() - *length_position - 2));
  writer.bytes(message.subspan(*length_position + 2));
  writer.u16(PaddingOption);
  writer.u16(static_cast<std::uint16_t>(padding));
  return buffer;
}

}  // namespace aven::dns
