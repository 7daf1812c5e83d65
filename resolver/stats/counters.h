// Counters of one worker: one writer, many readers, one list. The list makes the fields, the JSON keys, the
// metrics text and the table of resolver/README.md.
// Thread: the worker bumps; any thread may read (relaxed).   Fails: never.
// A consistent set is copied by the worker between two batches; in every such copy
// received == answered + dropped + in_flight.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

// X(name, help)
#define AVEN_COUNTERS(X)                                                                   \
  X(received, "Queries received, every message that is not ignored")                       \
  X(answered, "Queries answered")                                                          \
  X(dropped, "Queries that got no answer, by rule or over a limit")                        \
  X(ignored, "Messages that are no query: no header, or a reply")                          \
  X(received_udp, "Queries received over UDP")                                             \
  X(received_tcp, "Queries received over TCP")                                             \
  X(malformed, "Queries answered FORMERR")                                                 \
  X(not_implemented, "Queries answered NOTIMP")                                            \
  X(bad_version, "Queries answered BADVERS")                                               \
  X(refused, "Queries answered REFUSED")                                                   \
  X(local, "Queries answered from records, special names and the server's own names")      \
  X(blocked, "Queries answered by a blocking rule")                                        \
  X(blocked_by_reply, "Of these, because of an alias, target or address in the reply")     \
  X(would_block, "Queries that an observed rule would have decided otherwise")             \
  X(allowed_by_rule, "Queries for which an allow rule decided")                            \
  X(cached, "Queries answered from the cache")                                             \
  X(cached_stale, "Of these, with an entry past its end")                                  \
  X(forwarded, "Queries answered with a fresh reply")                                      \
  X(failed, "Queries answered SERVFAIL")                                                   \
  X(truncated, "Answers sent with TC")                                                     \
  X(joined, "Queries that waited for a question already asked")                            \
  X(repeated, "Repeats of a query that is still waiting")                                  \
  X(dropped_limit, "Queries dropped over a limit")                                         \
  X(dropped_overload, "Queries for upstream dropped early, the worker being overloaded")   \
  X(dropped_gone, "Answers dropped because the client was gone")                           \
  X(dropped_by_rule, "Queries dropped by a rule")                                          \
  X(upstream_asked, "Questions put to upstreams, retries included")                        \
  X(upstream_tcp, "Of these, over TCP")                                                    \
  X(upstream_replies, "Replies that were used")                                            \
  X(upstream_timeouts, "Questions that an upstream did not answer in time")                \
  X(upstream_errors, "Socket errors towards upstreams")                                    \
  X(upstream_mismatched, "Replies that did not match a question in flight")                \
  X(upstream_malformed, "Replies that could not be read")                                  \
  X(loops, "Loops found: an upstream sent our question back to us")                        \
  X(upstream_handshakes, "TLS connections made to upstreams")                              \
  X(upstream_resumed, "Of these, by a session of an earlier one")                          \
  X(private_refused, "Replies that lost private addresses to rebind_protection")           \
  X(prefetched, "Popular entries asked again before their end")                            \
  X(kernel_drops, "Datagrams that the kernel dropped because the receive buffer was full") \
  X(send_errors, "Answers that the kernel did not take")                                   \
  X(tcp_connections, "TCP connections accepted")                                           \
  X(tcp_refused, "TCP connections closed at once over a limit")                            \
  X(log_dropped, "Queries that the query log lacks because its writer was behind")

namespace aven::stats {

enum class Counter : std::size_t {
#define AVEN_X(name, help) name,
  AVEN_COUNTERS(AVEN_X)
#undef AVEN_X
      Count
};
inline constexpr std::size_t CounterCount = static_cast<std::size_t>(Counter::Count);

struct CounterInfo {
  std::string_view name, help;
};
inline constexpr std::array<CounterInfo, CounterCount> CounterList{{
#define AVEN_X(name, help) {#name, help},
    AVEN_COUNTERS(AVEN_X)
#undef AVEN_X
}};

using CounterValues = std::array<std::uint64_t, CounterCount>;

class Counters {
 public:
  void add(Counter counter, std::uint64_t amount = 1) noexcept {
    auto& value = values_[static_cast<std::size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t get(Counter counter) const noexcept {
    return values_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
  }
  CounterValues values() const noexcept {
    CounterValues out{};
    for (std::size_t i = 0; i < CounterCount; ++i) out[i] = values_[i].load(std::memory_order_relaxed);
    return out;
  }

 private:
  std::array<std::atomic<std::uint64_t>, CounterCount> values_{};
};

}  // namespace aven::stats
