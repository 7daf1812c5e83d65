#include "upstream/server_health.h"

#include <algorithm>
#include <bit>

namespace aven::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration LeastTimeout = milliseconds{50}, MostTimeout = milliseconds{1500};
constexpr Duration SilenceUntilDown = seconds{1};
constexpr unsigned ErrorsUntilDown = 3;
constexpr unsigned SpoiltUntilLower = 3;
constexpr Duration FirstProbeGap = seconds{1}, LastProbeGap = seconds{16};
constexpr Duration LoopProbeGap = minutes{1};  // between two that find nothing
constexpr Duration RememberNoEdns = minutes{15};
constexpr Duration RememberSpoiltCase = minutes{60};
constexpr int HistogramOctave = 6;  // below 64 us everything is equal

}  // namespace

void RttHistogram::add(Duration rtt) noexcept {
  const auto micros = static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(rtt).count(), 0));
  const int octave = std::max(static_cast<int>(std::bit_width(micros)) - 1, HistogramOctave);
  const auto step = static_cast<std::size_t>(octave - HistogramOctave) * 4 + (micros >> (octave - 2) & 3);
  ++counts_[std::min(step, counts_.size() - 1)];
  if (++total_ < Most) return;
  total_ = 0;
  for (auto& count : counts_) total_ += count /= 2;
}

std::optional<Duration> RttHistogram::percentile_95() const noexcept {
  if (total_ < Enough) return std::nullopt;
  std::uint32_t above = 0;
  std::size_t step = counts_.size();
  while (above <= total_ / 20) above += counts_[--step];
  return std::chrono::microseconds{(5 + step % 4) << (step / 4 + HistogramOctave - 2)};
}

Duration Health::expected() const noexcept {
  if (failures_ == 0) return measured_ ? shown_.smoothed_rtt : Duration{};
  const Duration base = std::max(shown_.smoothed_rtt, retransmit_after(MostTimeout));
  return base * (1 << std::min(failures_ - 1, 5U));
}

Duration Health::retransmit_after(Duration unmeasured) const noexcept {
  if (!measured_) return unmeasured;
  return std::clamp(shown_.smoothed_rtt + 4 * variance_, LeastTimeout, MostTimeout);
}

void Health::on_sent(Tick now) noexcept {
  ++shown_.asked;
  last_sent_ = now;
}

void Health::on_probe(Tick now) noexcept {
  probe_at_ = now + probe_gap_;
  probe_gap_ = std::min(2 * probe_gap_, LastProbeGap);
}

void Health::on_reply(Tick sent, bool native, Tick now) noexcept {
  ++shown_.replies;
  shown_.up = true;
  failures_ = errors_ = 0;
  last_reply_ = now;
  probe_at_ = Never;
  if (native) measure(now - sent);
}

void Health::measure(Duration rtt) noexcept {
  histogram_.add(rtt);
  auto& smoothed = shown_.smoothed_rtt;
  if (!measured_) {
    measured_ = true;
    smoothed = rtt;
    variance_ = rtt / 2;
    return;
  }
  const Duration difference = smoothed > rtt ? smoothed - rtt : rtt - smoothed;
  variance_ = (variance_ * 3 + difference) / 4;
  smoothed = (smoothed * 7 + rtt) / 8;
}

void Health::fail(Tick now) noexcept {
  if (++failures_ > 1) return;
  probe_gap_ = FirstProbeGap;
  probe_at_ = now + probe_gap_;
}

void Health::on_timeout(Tick sent, bool native, std::uint64_t ask_serial, Tick now) noexcept {
  ++shown_.timeouts;
  if (!native || last_reply_ >= sent) return;
  if (failures_ == errors_) {
    silent_since_ = sent;
    first_ask_ = ask_serial;
    several_asks_ = false;
  }
  several_asks_ = several_asks_ || ask_serial != first_ask_;
  fail(now);
  if (is_suspect() && several_asks_ && now - silent_since_ >= SilenceUntilDown) shown_.up = false;
}

void Health::on_error(bool native, Tick now) noexcept {
  ++shown_.errors;
  if (!native) return;
  fail(now);
  if (++errors_ >= ErrorsUntilDown) shown_.up = false;
}

void Health::on_no_edns(Tick now) noexcept {
  no_edns_until_ = now + RememberNoEdns;
}

void Health::on_loop_probe(Tick now) noexcept {
  loop_probe_at_ = now + LoopProbeGap;
}

// Other questions may go the same way: the next that runs out of time is probed at once.
void Health::on_loop(const IpAddress& from, Tick now) noexcept {
  shown_.loop_from = from;
  shown_.loop_seen = now;
  loop_probe_at_ = now;
}

void Health::on_spoilt_case(Tick now) noexcept {
  if (++spoilt_ < SpoiltUntilLower) return;
  spoilt_ = 0;
  lower_case_until_ = now + RememberSpoiltCase;
}

}  // namespace aven::upstream
