#include "upstream/forwarder_impl.h"

namespace aven::upstream {
namespace {

using stats::Counter;
using std::chrono::milliseconds;

constexpr Duration ProbeTime = milliseconds{1500};

}  // namespace

// A server has let a question run out of time: slow, gone, or does it wait for us?
void Forwarder::Impl::probe_for_loop(const AskInFlight& suspect, ServerIndex server, Tick now) noexcept {
  if (loop_mark == 0 || suspect.probes() || !choice.health(server).wants_loop_probe(now)) return;
  const auto nonce = static_cast<std::uint32_t>(draw_u64(random));
  const auto question = make_probe(suspect.ask, loop_mark, nonce);
  if (!question) return;
  AskInFlight* probe = in_flight.add(*question, {}, now);
  if (probe == nullptr) return;
  probe->suspect = suspect.slot;
  probe->suspect_serial = suspect.serial;
  probe->ends = now + ProbeTime;
  choice.health(server).on_loop_probe(now);
  if (!send(*probe, server, now)) probe->ends = now + std::chrono::nanoseconds{1};
  schedule(*probe);
}

void Forwarder::Impl::finish_probe(AskInFlight& probe, const Outcome& outcome, Tick now) noexcept {
  const ServerIndex server = probe.all_tries[0].server;
  AskInFlight& suspect = in_flight.at(probe.suspect);
  const bool waits = suspect.in_use && !suspect.ended && suspect.serial == probe.suspect_serial;
  std::optional<IpAddress> from;
  if (outcome.kind == Outcome::Kind::Reply) from = came_back_from(outcome.reply.wire, probe.ask.name);
  static_cast<void>(in_flight.take_waiters(probe));
  in_flight.end(probe);
  in_flight.release(probe);
  if (!from) return;
  counters.add(Counter::loops);
  choice.health(server).on_loop(*from, now);
  if (waits) leave_loop(suspect, server, now);
}

void Forwarder::Impl::leave_loop(AskInFlight& ask, ServerIndex server, Tick now) noexcept {
  for (Try& one : ask.tries()) {
    if (one.server != server) continue;
    if (one.is_open()) in_flight.close(ask, one, Try::State::Looped);
    one.state = Try::State::Looped;
  }
  proceed_or_finish(ask, now);
}

}  // namespace aven::upstream
