// parse_record: one line of a zone file, for the `records` of the configuration:
// "imprimante.ville.example. 300 IN A 10.10.1.9".
// Thread: any. Cold path: ldns parses, memory is allocated.
// Fails: with a text that says what is wrong with the line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "dns/name.h"
#include "dns/wire.h"

namespace aven::dns {

struct RecordText {
  Name owner;
  std::uint32_t ttl = 0;
  Type type = Type::A;
  Class class_ = Class::IN;
  std::vector<std::uint8_t> rdata;  // uncompressed, case kept
};

inline constexpr std::uint32_t DefaultRecordTtl = 300;  // for a line without TTL

// Names are absolute, with or without final dot; class IN if none is written.
Expected<RecordText, std::string> parse_record(std::string_view line);

}  // namespace aven::dns
