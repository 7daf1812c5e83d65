// Health: what the questions to one server tell of it: how fast it is, whether it is up, what it cannot do.
// A server is down when several asks in a row had no answer for a while, or its socket breaks again and
// again; an answer to any question, late or SERVFAIL, brings it back. One question that a server never
// answers, while it answers others, says nothing against it.
// Thread: the worker's; a value.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/tick.h"
#include "upstream/forwarder.h"

namespace aven::upstream {

// The recent round trip times in 64 steps of about a fifth, old ones fading.
class RttHistogram {
 public:
  void add(Duration rtt) noexcept;
  // What 95 of 100 keep under; nothing before there are enough of them.
  std::optional<Duration> percentile_95() const noexcept;

 private:
  static constexpr std::uint32_t Enough = 20, Most = 512;

  std::array<std::uint16_t, 64> counts_{};
  std::uint32_t total_ = 0;
};

class Health {
 public:
  bool is_up() const noexcept { return shown_.up; }
  // Not yet down, but others are better now.
  bool is_suspect() const noexcept { return failures_ >= FailuresUntilSuspect; }
  // The order of the fastest: what it takes to get an answer; 0 = not known yet.
  Duration expected() const noexcept;
  // How long an answer may take before it is taken for lost (RFC 6298 section 2); `unmeasured` if none has
  // come yet.
  Duration retransmit_after(Duration unmeasured) const noexcept;
  std::optional<Duration> percentile_95() const noexcept { return histogram_.percentile_95(); }
  Tick last_sent() const noexcept { return last_sent_; }
  bool wants_probe(Tick now) const noexcept { return probe_at_ <= now; }
  bool lacks_edns(Tick now) const noexcept { return now < no_edns_until_; }
  bool wants_loop_probe(Tick now) const noexcept { return loop_probe_at_ <= now; }
  bool spoils_case(Tick now) const noexcept { return now < lower_case_until_; }
  const ServerHealth& shown() const noexcept { return shown_; }

  void on_sent(Tick now) noexcept;
  void on_probe(Tick now) noexcept;
  // `native`: over the transport that the server is usually asked by; another tells nothing of its speed.
  void on_reply(Tick sent, bool native, Tick now) noexcept;
  void on_timeout(Tick sent, bool native, std::uint64_t ask_serial, Tick now) noexcept;
  void on_error(bool native, Tick now) noexcept;
  void on_mismatch() noexcept { ++shown_.mismatched; }
  void on_no_edns(Tick now) noexcept;
  void on_loop_probe(Tick now) noexcept;
  void on_loop(const IpAddress& from, Tick now) noexcept;
  void on_spoilt_case(Tick now) noexcept;

 private:
  static constexpr unsigned FailuresUntilSuspect = 3;

  void measure(Duration rtt) noexcept;
  void fail(Tick now) noexcept;

  ServerHealth shown_;
  RttHistogram histogram_;
  Duration variance_{};
  bool measured_ = false;
  unsigned failures_ = 0;  // since the last answer
  unsigned errors_ = 0;    // of these, broken sockets
  bool several_asks_ = false;
  std::uint64_t first_ask_ = 0;
  Tick silent_since_{};
  Tick last_reply_ = Tick::min();
  Tick last_sent_ = Tick::min();
  Tick probe_at_ = Never;
  Duration probe_gap_{};
  Tick loop_probe_at_ = Tick::min();
  Tick no_edns_until_ = Tick::min();
  Tick lower_case_until_ = Tick::min();
  unsigned spoilt_ = 0;
};

}  // namespace aven::upstream
