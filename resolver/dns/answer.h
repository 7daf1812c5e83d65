// AnswerWriter: makes every answer that a client gets. It echoes ID, opcode, RD, CD and the question octet
// for octet; RA=1, Z=0; OPT only if the query had one (RFC 6891 section 7); fits the size limit.
// Thread: any; no allocation.   Lifetime: looks at the query and writes into the caller's buffer.
// Fails: never; what does not fit becomes, in this order: a relayed reply without its additional section (RFC
// 2181 section 9), EDE without text, no EDE, TC=1 with the question alone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/net_address.h"
#include "dns/ask.h"
#include "dns/query.h"
#include "dns/wire.h"

namespace aven::dns {

struct ExtendedError {
  Ede code = Ede::None;
  std::string_view text;  // UTF-8, at most 160 octets
};

class AnswerWriter {
 public:
  // `size_limit`: the most that the transport takes for this client (see udp_limit; 65535 on TCP).
  AnswerWriter(std::span<std::uint8_t> out, const Query& query, std::size_t size_limit) noexcept;

  void set_rcode(Rcode rcode) noexcept { rcode_ = rcode; }
  void set_authoritative(bool on) noexcept { authoritative_ = on; }
  void set_authentic(bool on) noexcept { authentic_ = on; }
  // At most two, more are left out; the first keeps its text longest. Ede::None adds nothing.
  void add_extended_error(ExtendedError error) noexcept;
  // RFC 7828: the idle timeout to tell, in units of 100 ms.
  void set_tcp_keepalive(std::uint16_t timeout) noexcept;

  // A record at the question name.
  void add_address(const IpAddress& address, std::uint32_t ttl) noexcept;
  void add_record(Section section, const Name& owner, Type type, Class class_, std::uint32_t ttl,
                  std::span<const std::uint8_t> rdata) noexcept;
  // The synthesised SOA of a negative answer (RFC 2308): owner = the question name without its first
  // `labels_off` labels, MINIMUM = TTL = `ttl`, MNAME = owner, RNAME = nobody.invalid.
  void add_soa(std::size_t labels_off, std::uint32_t ttl) noexcept;
  // RFC 8482 section 4.2: HINFO "RFC8482" "".
  void add_any_hinfo(std::uint32_t ttl) noexcept;
  // The sections of a clean reply (cached or fresh): its records are appended as they are, the question takes
  // the client's case; rcode is set from it. Nothing else may have been added before.
  void relay(std::span<const std::uint8_t> clean_wire) noexcept;
  // The answer and authority records of a clean reply to another question (an alias of ours leads there);
  // rcode too.
  void append(std::span<const std::uint8_t> clean_wire) noexcept;

  // Writes counts, flags and OPT and gives the message; AD only if the client asked for it (RFC 6840 section
  // 5.8). Call once.
  std::span<const std::uint8_t> finish() noexcept;

 private:
  // How many of the extended errors are written, and how many of these with their text.
  struct EdePlan {
    std::size_t errors = 0, texts = 0;
  };

  bool fits(EdePlan plan) const noexcept;
  EdePlan best_plan() const noexcept;
  void drop_additional() noexcept;
  void write_header(bool truncated) noexcept;
  void write_opt(EdePlan plan) noexcept;
  std::string_view text_of(std::size_t error, EdePlan plan) const noexcept;
  std::size_t opt_size(EdePlan plan) const noexcept;
  void count(Section section, std::size_t records) noexcept;

  const Query& query_;
  ByteWriter writer_;
  std::size_t size_limit_;
  std::size_t question_end_ = HeaderSize;
  Rcode rcode_ = Rcode::NoError;
  bool authoritative_ = false;
  bool authentic_ = false;
  std::array<std::uint16_t, 3> counts_{};
  std::array<ExtendedError, 2> errors_{};
  std::size_t error_count_ = 0;
  std::uint16_t keepalive_ = 0;
  bool has_keepalive_ = false;
  bool overflowed_ = false;  // a record found no room at all
};

// Octets that a UDP answer to this query may have: min(client's size or 512, 1232).
std::size_t udp_limit(const Query& query) noexcept;

// The question that we put to an upstream: fresh header, RD=1, AD=1, CD and DO as the ask says, OPT with our
// size unless `with_edns` is false, nothing of the client's packet. `out` needs 12 + 259 + 11 octets.
std::span<const std::uint8_t> write_upstream_query(std::span<std::uint8_t> out, const Ask& ask, std::uint16_t id,
                                                   bool with_edns) noexcept;

}  // namespace aven::dns
