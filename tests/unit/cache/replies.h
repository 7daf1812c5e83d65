// Clean replies for tests of the cache, with what their records say.
// Lifetime: a ReplyOf owns its octets; clean() points into it.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cache/answer_cache.h"

namespace aven::cache::tests {

inline Tick at(std::int64_t seconds) {
  return Tick{std::chrono::seconds{seconds}};
}

inline dns::Name name(std::string_view text) {
  return dns::Name::from_text(text).value();
}

inline std::string numbered(const char* prefix, int number, const char* suffix) {
  return std::string{prefix} + std::to_string(number) + suffix;
}

inline dns::Ask ask(std::string_view text, dns::Type type = dns::Type::A) {
  return {name(text), type};
}

class ReplyOf {
 public:
  // `records` addresses 192.0.x.y that tell `id`.
  static ReplyOf addresses(const dns::Ask& ask, std::uint32_t ttl, std::uint16_t id = 1, std::size_t records = 1) {
    ReplyOf reply{ask, dns::Rcode::NoError, static_cast<std::uint16_t>(records), 0};
    for (std::size_t i = 0; i < records; ++i) {
      reply.head_of_record(dns::Type::A, ttl, 4);
      reply.u16(0xc000);
      reply.u16(id);
    }
    reply.ttl_ = ttl;
    return reply;
  }
  // A negative reply with the SOA of the root.
  static ReplyOf nxdomain(const dns::Ask& ask, std::uint32_t ttl, std::uint16_t id = 1) {
    ReplyOf reply{ask, dns::Rcode::NxDomain, 0, 1};
    reply.u8(0);
    reply.type_to_size(dns::Type::SOA, ttl, 22);
    reply.u8(0);
    reply.u8(0);
    for (const std::uint32_t number : {std::uint32_t{id}, 3600U, 600U, 86400U, ttl}) reply.u32(number);
    reply.ttl_ = ttl;
    return reply;
  }

  ReplyOf& authentic() {
    authentic_ = true;
    return *this;
  }
  ReplyOf& aliased() {
    aliased_ = true;
    return *this;
  }
  dns::CleanReply clean() {
    const bool negative = rcode_ == dns::Rcode::NxDomain;
    return {wire_, rcode_, authentic_, negative, negative, aliased_, ttl_};
  }
  std::size_t size() const { return wire_.size(); }

 private:
  ReplyOf(const dns::Ask& ask, dns::Rcode rcode, std::uint16_t answers, std::uint16_t authorities) : rcode_(rcode) {
    for (const unsigned word :
         {0U, 0x8080U | static_cast<unsigned>(rcode), 1U, unsigned{answers}, unsigned{authorities}, 0U}) {
      u16(word);
    }
    for (const auto octet : ask.name.wire()) wire_.push_back(octet);
    u16(static_cast<unsigned>(ask.type));
    u16(static_cast<unsigned>(ask.class_));
  }
  void head_of_record(dns::Type type, std::uint32_t ttl, unsigned size) {
    u16(0xc00c);
    type_to_size(type, ttl, size);
  }
  void type_to_size(dns::Type type, std::uint32_t ttl, unsigned size) {
    u16(static_cast<unsigned>(type));
    u16(1);
    u32(ttl);
    u16(size);
  }
  void u8(unsigned value) { wire_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(unsigned value) {
    u8(value >> 8);
    u8(value & 0xff);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }

  std::vector<std::uint8_t> wire_;
  dns::Rcode rcode_;
  std::uint32_t ttl_ = 0;
  bool authentic_ = false;
  bool aliased_ = false;
};

// The `id` in the first record of a kept reply.
inline std::uint32_t id_of(std::span<const std::uint8_t> wire) {
  dns::RecordWalk walk{wire};
  dns::Record record;
  REQUIRE(walk.next(record));
  if (record.type == dns::Type::A) return wire[record.rdata_position + 2] * 256U + wire[record.rdata_position + 3];
  ByteReader reader{wire, record.rdata_position + record.rdata_size - 20U};
  return reader.u32();
}

struct Cache {
  explicit Cache(std::size_t max_bytes = 2U << 20, std::uint32_t serve_stale_s = 3600)
      : kept({max_bytes, serve_stale_s}, 0x5eed) {}

  void insert(const dns::Ask& question, ReplyOf reply, Tick now) {
    kept.insert(question, reply.clean(), 7, false, now);
  }
  auto find(const dns::Ask& question, Tick now, NxdomainCut cut = NxdomainCut::Off) {
    return kept.find(question, now, cut, out);
  }
  auto find_stale(const dns::Ask& question, Tick now) { return kept.find_stale(question, now, out); }

  AnswerCache kept;
  std::array<std::uint8_t, dns::MaxMessageSize> out{};
};

}  // namespace aven::cache::tests
