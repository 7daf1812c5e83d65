// RecordCopier: writes a record of one message into another. Names inside RDATA are taken apart and written
// anew, so that their pointers are right in the new message; only the types of RFC 1035 are compressed (RFC
// 3597 section 4). The case of names is kept; other RDATA is handed on octet for octet.
// Thread: any; no allocation.
// Fails: copy() gives false for malformed RDATA or a full writer, which is then as before.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "dns/name_compressor.h"
#include "dns/reply.h"

namespace aven::dns {

class RecordCopier {
 public:
  RecordCopier(std::span<const std::uint8_t> from, ByteWriter& to) noexcept : from_(from), to_(to), names_(to) {}

  // Names are compressed against the question that stands in the new message already, and an owner that is
  // the question name in any case points to it: it follows the client's spelling. `name` (canonical) must
  // outlive the copier.
  void remember_question(std::span<const std::uint8_t> name) noexcept {
    question_ = name;
    names_.remember(HeaderSize, name);
  }
  [[nodiscard]] bool copy(const Record& record, std::uint32_t ttl) noexcept;
  // Did the last copy() fail for want of room?
  bool is_full() const noexcept { return full_; }

 private:
  bool copy_owner(const Record& record) noexcept;
  bool copy_rdata(const Record& record) noexcept;

  std::span<const std::uint8_t> from_;
  ByteWriter& to_;
  NameCompressor names_;
  std::span<const std::uint8_t> question_;
  bool full_ = false;
};

}  // namespace aven::dns
