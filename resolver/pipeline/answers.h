// Answers: makes the bytes of every answer, from what a step of the pipeline decided.
// Thread: the worker's.   Lifetime: an Ending's bytes live in this object until the next answer is made.
// Fails: never; no allocation.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "dns/answer.h"
#include "pipeline/aliases.h"
#include "pipeline/query_context.h"
#include "pipeline/special_names.h"
#include "policy/policy.h"
#include "upstream/loop_probe.h"

namespace aven::pipeline {

class Answers {
 public:
  // RFC 7828: the idle timeout that TCP clients are told if they ask.
  void set_tcp_keepalive(std::uint16_t units_of_100ms) noexcept { tcp_keepalive_ = units_of_100ms; }

  // A code without records.
  Ending with_rcode(const QueryContext& context, dns::Rcode rcode, dns::Ede ede, stats::Counter outcome,
                    std::string_view ede_text = {}) noexcept;
  // What parse_query refused: FORMERR, NOTIMP (RFC 8906) or BADVERS (RFC 6891 section 6.1.3).
  Ending for_bad_query(const QueryContext& context, dns::QueryError error) noexcept;
  // The answer of the rule that the context's verdict names (DESIGN.md section 4).
  Ending blocked(const QueryContext& context, const policy::BlockedAnswer& rule) noexcept;

  struct Relay {
    std::span<const std::uint8_t> wire;  // a clean reply
    bool authentic = false;
    dns::Ede ede = dns::Ede::None;
    std::uint32_t least_ttl = 0;
    stats::Counter outcome = stats::Counter::forwarded;
  };
  Ending relayed(const QueryContext& context, const Relay& relay) noexcept;
  // For a query whose name a record or a rule replaced: our aliases, then the reply's records.
  Ending relayed_behind(const QueryContext& context, const Aliases& aliases, const Relay& relay) noexcept;

  // Aliases of ours and the records of their last name; NODATA if there is neither alias nor record.
  Ending records(const QueryContext& context, const Aliases& aliases,
                 std::span<const policy::LocalRecord> at_last_name) noexcept;
  Ending special(const QueryContext& context, const SpecialZone& zone, std::uint32_t ttl) noexcept;
  Ending chaos_text(const QueryContext& context, std::string_view text) noexcept;
  // For a loop probe of ours that has come back to us.
  Ending loop_found(const QueryContext& context) noexcept;
  Ending any(const QueryContext& context, std::uint32_t ttl) noexcept;  // RFC 8482 section 4.2

 private:
  dns::AnswerWriter writer_for(const QueryContext& context) noexcept;

  std::uint16_t tcp_keepalive_ = 100;
  std::array<std::uint8_t, dns::MaxMessageSize> out_;
};

}  // namespace aven::pipeline
