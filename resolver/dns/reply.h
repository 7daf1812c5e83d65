// Reading an upstream's reply: hostile bytes, every step checked.
// RecordWalk goes over the records of all sections; Chain follows the aliases from the question; clean_reply
// makes from a reply the form that the cache keeps and clients get.
// Thread: any; no allocation.   Lifetime: all views point into the message.
// Fails: a walk that meets a malformed record ends with failed(); nothing after that point counts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/net_address.h"
#include "dns/ask.h"
#include "dns/name.h"
#include "dns/wire.h"

namespace aven::dns {

struct Header {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;

  static std::optional<Header> read(std::span<const std::uint8_t> message) noexcept;
  bool is_reply() const noexcept { return (flags & flag::QR) != 0; }
  bool truncated() const noexcept { return (flags & flag::TC) != 0; }
  Opcode opcode() const noexcept { return static_cast<Opcode>(flags >> 11 & 0xf); }
  Rcode rcode() const noexcept { return static_cast<Rcode>(flags & 0xf); }
};

struct Record {
  Section section = Section::Answer;
  Name owner;
  Type type = Type::A;
  Class class_ = Class::IN;
  std::uint32_t ttl = 0;           // top bit set: as 0x7fffffff clamp (RFC 8767 section 4)
  std::size_t owner_position = 0;  // where the owner, the TTL and the RDATA stand in the message
  std::size_t ttl_position = 0;
  std::size_t rdata_position = 0;
  std::uint16_t rdata_size = 0;
};

class RecordWalk {
 public:
  // Starts behind the question section of `message`.
  explicit RecordWalk(std::span<const std::uint8_t> message) noexcept;
  // The next record in message order; false at the end or at the first malformed one.
  [[nodiscard]] bool next(Record& out) noexcept;
  bool failed() const noexcept { return failed_; }

 private:
  ByteReader reader_;
  Header header_;
  std::uint32_t seen_ = 0;
  bool failed_ = false;
};

// Does the reply's question section hold exactly this question, octet for octet, case included?
// (RFC 5452 section 9.1)
[[nodiscard]] bool question_matches(std::span<const std::uint8_t> reply,
                                    std::span<const std::uint8_t> question) noexcept;

// A name in RDATA (CNAME, DNAME target; SVCB/HTTPS TargetName, where "." means the owner: RFC 9460
// section 2.5). Nothing for other types and malformed RDATA.
std::optional<Name> target_of(std::span<const std::uint8_t> message, const Record& record) noexcept;
// Calls visit(IpAddress) for an A or AAAA record, or each ipv4hint/ipv6hint of an SVCB/HTTPS record
// (class IN). False = malformed.
template <class Visit>
bool visit_addresses(std::span<const std::uint8_t> message, const Record& record, Visit&& visit);

// Chain: the question name and its aliases, by owner name from the question, not by record order; at most 16
// links (DNAME links count; a CNAME synthesised from a DNAME is the same link). Loops end it.
struct Chain {
  static constexpr std::size_t MaxLinks = 16;
  std::array<Name, MaxLinks + 1> names;  // names[0] = the question
  std::size_t size = 0;
  bool broken = false;  // a loop, too long or malformed: treat the reply as unusable

  const Name& last() const noexcept { return names[size - 1]; }
  bool holds(const Name& name) const noexcept;
};
void follow_chain(std::span<const std::uint8_t> reply, const Name& question, Type type, Chain& out) noexcept;

// What of authority and additional sections is kept.
enum class Keep : std::uint8_t {
  Minimal,  // the SOA of a negative answer; with DO the NSEC/NSEC3 proofs of any answer (a wildcard's is
            // positive) and the RRSIGs of both; no additional
  All,      // for routed upstreams (Active Directory clients read them): all but OPT, TSIG and SIG(0)
};

// CleanReply: a reply as we keep it: our canonical question, answer records of the chain only (records off it
// are left out, RFC 2181 5.4.1) and in its order, compressed, no OPT, ID 0, TTLs clamped, AD as upstream
// said. An rcode other than NOERROR and NXDOMAIN is kept without any record. A truncated reply, or one to
// another question, is Malformed.
struct CleanReply {
  std::span<std::uint8_t> wire;  // inside the buffer given to clean_reply
  Rcode rcode = Rcode::NoError;  // with OPT's upper bits; one above 15 stands as SERVFAIL in the wire form
  bool authentic = false;        // upstream's AD, if it is trusted
  bool negative = false;         // NXDOMAIN, or NODATA at the end of the chain (RFC 2308)
  bool has_soa = false;          // a negative answer with the SOA that makes it cacheable
  bool aliased = false;          // the chain has more than the question
  std::uint32_t ttl = 0;         // seconds it may be kept; 0 = not at all
  bool private_refused = false;  // records were left out for their addresses
};
struct CleanLimits {
  Keep keep = Keep::Minimal;
  std::uint32_t min_ttl = 0, max_ttl = 86400, negative_max_ttl = 3600;
  bool trust_ad = false;
  bool refuse_private = false;  // leave out records that lead to this network or this machine
};
enum class CleanError : std::uint8_t { None, Malformed, BrokenChain, TooLong };
[[nodiscard]] CleanError clean_reply(std::span<const std::uint8_t> reply, const Ask& ask, const CleanLimits& limits,
                                     std::span<std::uint8_t> out, CleanReply& result) noexcept;

// A clean reply's records behind another question of the same class: an NXDOMAIN that speaks for a name below
// (RFC 8020). Gives the new message in `out`; empty if it does not fit.
std::span<std::uint8_t> with_question(std::span<const std::uint8_t> clean_wire, const Ask& ask,
                                      std::span<std::uint8_t> out) noexcept;

// A clean reply with the order of its address and SRV records turned: each set begins with its record number `turn`
// modulo its size. Gives the new message in `out`; empty if it does not fit.
std::span<std::uint8_t> with_turned_records(std::span<const std::uint8_t> clean_wire, const Name& question,
                                            std::uint32_t turn, std::span<std::uint8_t> out) noexcept;

// Lowers each TTL of a clean reply by `seconds` (never below 0) and to at most `cap`. Returns the least TTL
// left; 0 if there is no record.
std::uint32_t age_ttls(std::span<std::uint8_t> clean_wire, std::uint32_t seconds,
                       std::uint32_t cap = UINT32_MAX) noexcept;

}  // namespace aven::dns

#include "dns/reply_inl.h"
