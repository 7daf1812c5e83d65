#include "dns/record_copier.h"

#include <algorithm>
#include <string_view>

#include "dns/name_octets.h"

namespace aven::dns {
namespace {

// What stands in the RDATA of types that hold names: n = a name that may be compressed, N = one that may
// not, 1..9 = so many octets, s = a character string; the rest is opaque.
std::string_view shape_of(Type type) noexcept {
  switch (static_cast<std::uint16_t>(type)) {
    case 2:
    case 3:
    case 4:
    case 5:
    case 7:
    case 8:
    case 9:
    case 12:
      return "n";  // NS MD MF CNAME MB MG MR PTR
    case 6:
    case 14:
      return "nn";  // SOA MINFO
    case 15:
      return "2n";  // MX
    case 17:
      return "NN";  // RP
    case 18:
    case 21:
    case 36:
      return "2N";  // AFSDB RT KX
    case 24:
    case 46:
      return "99N";  // SIG RRSIG
    case 26:
      return "2NN";  // PX
    case 30:
    case 39:
    case 47:
      return "N";  // NXT DNAME NSEC
    case 33:
      return "6N";  // SRV
    case 35:
      return "4sssN";  // NAPTR
    default:
      return "";
  }
}

}  // namespace

bool RecordCopier::copy_owner(const Record& record) noexcept {
  const auto canonical = record.owner.wire();
  if (std::equal(canonical.begin(), canonical.end(), question_.begin(), question_.end())) {
    to_.u16(0xc000 | HeaderSize);
    return true;
  }
  ByteReader reader{from_, record.owner_position};
  NameOctets owner;
  if (!owner.read(reader)) return false;
  names_.write(owner.wire());
  return true;
}

bool RecordCopier::copy(const Record& record, std::uint32_t ttl) noexcept {
  const std::size_t before = to_.size();
  if (!copy_owner(record)) return false;
  to_.u16(static_cast<std::uint16_t>(record.type));
  to_.u16(static_cast<std::uint16_t>(record.class_));
  to_.u32(ttl);
  const std::size_t length_at = to_.size();
  to_.u16(0);
  if (copy_rdata(record) && !to_.failed()) {
    to_.patch_u16(length_at, static_cast<std::uint16_t>(to_.size() - length_at - 2));
    return true;
  }
  full_ = to_.failed();
  names_.forget_after(before);
  to_.rewind(before);
  return false;
}

bool RecordCopier::copy_rdata(const Record& record) noexcept {
  const std::size_t end = record.rdata_position + record.rdata_size;
  ByteReader reader{from_.first(end), record.rdata_position};
  for (const char part : shape_of(record.type)) {
    if (part == 'n' || part == 'N') {
      NameOctets name;
      if (!name.read(reader)) return false;
      part == 'n' ? names_.write(name.wire()) : to_.bytes(name.wire());
    } else {
      const std::size_t size = part == 's' ? reader.u8() : static_cast<std::size_t>(part - '0');
      if (part == 's') to_.u8(static_cast<std::uint8_t>(size));
      to_.bytes(reader.bytes(size));
    }
  }
  to_.bytes(reader.bytes(reader.remaining()));
  return !reader.failed();
}

}  // namespace aven::dns
