#include "pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "pipeline/special_names.h"

namespace aven::pipeline {
namespace {

using dns::Ede;
using dns::Rcode;
using policy::Action;
using stats::Counter;

// RFC 9520 section 3.2: a failure is kept at least 1 s and at most 5 min. Short where the network may be back soon.
constexpr std::uint32_t KeepServerFailureS = 5;
constexpr std::uint32_t KeepNoReplyS = 1;
constexpr std::uint32_t AnyTtl = 3600;

std::uint64_t new_seed(RandomSource& random) noexcept {
  std::uint64_t seed = 0;
  for (int i = 0; i < 4; ++i) seed = seed << 16 | random.u16();
  return seed;
}

bool is_answered(const Ending& ending) noexcept {
  return !ending.answer.empty();
}

dns::ExtendedError failure_of(upstream::Outcome::Kind kind, bool not_ready) noexcept {
  if (not_ready) return {Ede::NotReady, {}};
  switch (kind) {
    case upstream::Outcome::Kind::NoReply:
      return {Ede::NoReachableAuthority, {}};
    case upstream::Outcome::Kind::NetworkError:
      return {Ede::NetworkError, {}};
    case upstream::Outcome::Kind::Loop:
      return {Ede::Other, "forwarding loop"};
    default:
      return {};
  }
}

}  // namespace

Pipeline::Pipeline(ClientPort& clients, upstream::UpstreamPort& upstreams, RandomSource& random,
                   stats::Counters& counters, const Sizes& sizes, WorkerPolicy first, Tick now)
    : clients_(clients),
      counters_(counters),
      local_(answers_),
      client_limits_(new_seed(random)),
      waiting_(sizes.in_flight, new_seed(random)),
      cache_(sizes.cache, new_seed(random), sizes.common_cache),
      forwarder_(upstreams, *this, random, counters, {.in_flight = sizes.in_flight, .loop_mark = sizes.loop_mark}),
      logging_(counters),
      loop_mark_(sizes.loop_mark) {
  use(std::move(first), now);
}

WorkerPolicy Pipeline::use(WorkerPolicy next, Tick now) {
  AVEN_CHECK(next.policy && next.activity && next.patterns && next.rule_counters && next.upstreams && next.settings);
  const bool other_routes = book_.upstreams != nullptr && book_.routes != next.routes;
  if (other_routes) leave_routes(now);
  WorkerPolicy old = std::exchange(book_, std::move(next));
  if (old.routes != book_.routes) cache_.use_routes(book_.routes);
  answers_.set_tcp_keepalive(book_.settings->tcp_keepalive_100ms);
  local_.use(book_);
  cache_.own().set_serve_stale(book_.settings->serve_stale_s);
  if (old.upstreams != book_.upstreams) forwarder_.use(*book_.upstreams, now);
  return old;
}

// The numbers of routes are about to mean other pools: what is in flight ends, so that nobody gets another's answer.
void Pipeline::leave_routes(Tick now) noexcept {
  not_ready_ = true;
  forwarder_.give_up_all(now);
  not_ready_ = false;
}

void Pipeline::on_query(const ClientRef& client, std::span<const std::uint8_t> message, Tick now) noexcept {
  QueryContext context;
  context.client = client;
  context.received = now;
  const auto error = dns::parse_query(message, context.query);
  if (error == dns::QueryError::Ignore) return counters_.add(Counter::ignored);

  counters_.add(Counter::received);
  counters_.add(context.over_udp() ? Counter::received_udp : Counter::received_tcp);
  if (auto refused = admit(context, now)) return finish(context, *refused, now);
  if (error != dns::QueryError::None) return finish(context, answers_.for_bad_query(context, error), now);
  work_on(context, now);
}

void Pipeline::work_on(QueryContext& context, Tick now) noexcept {
  const auto& query = context.query;
  if (upstream::is_probe(query.name, loop_mark_)) return finish(context, answers_.loop_found(context), now);
  context.ask = {query.name, query.type, query.class_, query.edns.dnssec_ok, query.checking_disabled()};
  if (auto local = local_.answer(context)) return finish(context, *local, now);
  if (auto blocked = by_rule(context, now)) return finish(context, *blocked, now);
  if (auto refused = not_to_be_asked(context)) return finish(context, *refused, now);
  if (auto cached = from_cache(context, now)) return finish(context, *cached, now);
  if (auto old = stale_at_once(context, now)) return finish(context, *old, now);
  if (auto dropped = forward(context, now)) return finish(context, *dropped, now);
}

std::optional<Ending> Pipeline::admit(QueryContext& context, Tick now) noexcept {
  const auto& peer = context.client.peer.address;
  context.client_class = policy().class_of(peer);
  context.exempt = book_.activity->exempt(peer);
  if (!policy().client_class(context.client_class).allowed) {
    return answers_.with_rcode(context, Rcode::Refused, Ede::Prohibited, Counter::refused);
  }
  const auto per_second = book_.settings->client_qps;
  if (per_second != 0 && !client_limits_.take_query(peer, per_second, now))
    return Ending{Counter::dropped_limit, {}, 0};
  return std::nullopt;
}

std::optional<Ending> Pipeline::by_rule(QueryContext& context, Tick now) noexcept {
  if (context.substituted()) return std::nullopt;  // a recorded alias: rules do not apply to records
  policy::Policy::ChainState chain;
  context.verdict = policy().match(context.query.name, asking(context), *book_.activity, *book_.patterns, now, chain);
  if (!context.verdict.blocks()) return std::nullopt;
  const auto& answer = policy().blocked_answer(context.verdict.answer);
  if (context.verdict.action != Action::Redirect) return answers_.blocked(context, answer);
  context.ask.name = answer.redirect_target;
  context.ask.route = local_.route_for(context.ask.name, context);
  return std::nullopt;
}

std::optional<Ending> Pipeline::not_to_be_asked(const QueryContext& context) noexcept {
  // No look into the cache without RD: it would tell what others asked.
  if (!context.query.recursion_desired()) {
    return answers_.with_rcode(context, Rcode::Refused, Ede::NotAuthoritative, Counter::refused);
  }
  if (context.query.type == dns::Type::ANY) return answers_.any(context, AnyTtl);
  return std::nullopt;
}

std::optional<Ending> Pipeline::from_cache(QueryContext& context, Tick now) noexcept {
  const auto cut = context.ask.route == dns::DefaultRoute ? book_.settings->nxdomain_cut : cache::NxdomainCut::Off;
  const auto hit = cache_.find(context.ask, now, cut, reply_);
  if (!hit) return std::nullopt;
  if (hit->failure) {
    if (auto old = stale(context, now)) return old;
    return answers_.with_rcode(context, Rcode::ServFail, Ede::CachedError, Counter::failed);
  }
  const bool judge = needs_judging(*hit, context.ask);
  if (hit->wants_prefetch && book_.settings->prefetch) prefetch(context.ask, now);
  return from_reply(context, {hit->wire, hit->authentic, judge, Ede::None, Counter::cached}, now);
}

// All servers are down: who asks for something old need not wait for them; one more question looks whether they are back.
std::optional<Ending> Pipeline::stale_at_once(QueryContext& context, Tick now) noexcept {
  if (!forwarder_.is_hopeless(context.ask.route)) return std::nullopt;
  auto old = stale(context, now);
  if (old) forwarder_.ask(context.ask, {upstream::Waiter::Kind::Prefetch}, now);
  return old;
}

void Pipeline::prefetch(const dns::Ask& ask, Tick now) noexcept {
  const auto result = forwarder_.ask(ask, {upstream::Waiter::Kind::Prefetch}, now);
  if (result == upstream::AskResult::Started) counters_.add(Counter::prefetched);
}

bool Pipeline::needs_judging(const cache::CachedAnswer& hit, const dns::Ask& ask) noexcept {
  if (hit.judged_generation == policy().generation()) return hit.may_match;
  const bool may_match = policy().may_match(hit.wire, ask.name, ask.type, *book_.patterns);
  cache_.restamp(hit.entry, policy().generation(), may_match);
  return may_match;
}

std::optional<Ending> Pipeline::forward(const QueryContext& context, Tick now) noexcept {
  if (waiting_.holds_repeat_of(context)) return Ending{Counter::repeated, {}, 0};
  if (!overload_.lets_through(counters_.get(Counter::kernel_drops), now)) {
    return Ending{Counter::dropped_overload, {}, 0};
  }
  const auto& peer = context.client.peer.address;
  if (!client_limits_.start_waiting(peer, book_.settings->in_flight_per_client, now)) {
    return Ending{Counter::dropped_limit, {}, 0};
  }
  const auto slot = waiting_.add(context);
  if (slot) {
    const upstream::Waiter waiter{upstream::Waiter::Kind::Client, slot->index, slot->generation};
    const auto result = forwarder_.ask(context.ask, waiter, now);
    if (result == upstream::AskResult::Joined) counters_.add(Counter::joined);
    if (result != upstream::AskResult::Full) return std::nullopt;
    waiting_.release(*slot);
  }
  client_limits_.stop_waiting(peer);
  return Ending{Counter::dropped_limit, {}, 0};
}

void Pipeline::on_outcome(const dns::Ask& ask, const upstream::Outcome& outcome,
                          std::span<const upstream::Waiter> waiters, Tick now) noexcept {
  keep(ask, outcome, now);
  for (const auto& waiter : waiters) answer_waiter(waiter, ask, outcome, now);
}

void Pipeline::keep(const dns::Ask& ask, const upstream::Outcome& outcome, Tick now) noexcept {
  if (outcome.kind == upstream::Outcome::Kind::Reply) {
    const bool may_match = policy().may_match(outcome.reply.wire, ask.name, ask.type, *book_.patterns);
    cache_.insert(ask, outcome.reply, policy().generation(), may_match, now);
  } else {
    const bool answered = outcome.kind == upstream::Outcome::Kind::ServerFailed;
    cache_.insert_failure(ask, answered ? KeepServerFailureS : KeepNoReplyS, now);
  }
}

// Those for whom there is something old have waited long enough (RFC 8767 section 5); the others go on waiting.
void Pipeline::on_slow(const dns::Ask& ask, std::span<const upstream::Waiter> waiters, Tick now) noexcept {
  for (const auto& waiter : waiters) {
    Restored query;
    if (!restore(waiter, ask, query)) continue;
    const auto old = stale(query.context, now);
    if (!old) return;
    stop_waiting(query);
    finish(query.context, *old, now);
  }
}

bool Pipeline::restore(const upstream::Waiter& waiter, const dns::Ask& ask, Restored& out) const noexcept {
  if (waiter.kind != upstream::Waiter::Kind::Client) return false;
  out.slot = {waiter.slot, waiter.slot_generation};
  const WaitingQuery* waiting = waiting_.find(out.slot);
  if (waiting == nullptr) return false;
  out.waiting = *waiting;
  out.waiting.restore(ask, out.context);
  out.context.client_class = policy().class_of(waiting->client.peer.address);
  out.context.exempt = book_.activity->exempt(waiting->client.peer.address);
  return true;
}

// The slot is free before the answer leaves: finish() sees the true in_flight.
void Pipeline::stop_waiting(const Restored& query) noexcept {
  client_limits_.stop_waiting(query.context.client.peer.address);
  waiting_.release(query.slot);
}

void Pipeline::answer_waiter(const upstream::Waiter& waiter, const dns::Ask& ask, const upstream::Outcome& outcome,
                             Tick now) noexcept {
  Restored query;
  if (!restore(waiter, ask, query)) return;
  stop_waiting(query);
  QueryContext& context = query.context;

  if (outcome.kind == upstream::Outcome::Kind::Reply) {
    const auto wire = outcome.reply.wire;
    std::copy(wire.begin(), wire.end(), reply_.begin());  // each waiter may lower TTLs of its own copy
    const ReplyFor reply{std::span{reply_}.first(wire.size()), outcome.reply.authentic};
    return finish(context, from_reply(context, reply, now), now);
  }
  if (auto old = stale(context, now)) return finish(context, *old, now);
  const auto why = failure_of(outcome.kind, not_ready_);
  finish(context, answers_.with_rcode(context, Rcode::ServFail, why.code, Counter::failed, why.text), now);
}

Ending Pipeline::from_reply(QueryContext& context, const ReplyFor& reply, Tick now) noexcept {
  if (context.substituted()) {
    const auto least_ttl = dns::age_ttls(reply.wire, 0);
    return behind_aliases(context, {turned(reply.wire, context.ask), false, reply.ede, least_ttl, reply.outcome}, now);
  }
  if (reply.judge) {
    context.verdict =
        policy().match_reply(reply.wire, context.query.name, asking(context), *book_.activity, *book_.patterns, now);
    if (context.verdict.blocks()) {
      counters_.add(Counter::blocked_by_reply);
      return answers_.blocked(context, policy().blocked_answer(context.verdict.answer));
    }
  }
  const auto least_ttl = dns::age_ttls(reply.wire, 0, context.verdict.ttl_cap);
  const auto wire = turned(reply.wire, context.ask);
  return answers_.relayed(context, {wire, reply.authentic, reply.ede, least_ttl, reply.outcome});
}

std::span<const std::uint8_t> Pipeline::turned(std::span<const std::uint8_t> wire, const dns::Ask& ask) noexcept {
  const auto& pools = book_.upstreams->pools;
  if (ask.route >= pools.size() || !pools[ask.route].rotate) return wire;
  const auto out = dns::with_turned_records(wire, ask.name, turn_++, turned_);
  return out.empty() ? wire : out;
}

Ending Pipeline::behind_aliases(QueryContext& context, const Answers::Relay& relay, Tick now) noexcept {
  Aliases aliases;
  dns::Name last = follow_records(policy(), context.query.name, context.query.type, aliases);
  if (aliases.size == 0) {
    policy::Policy::ChainState chain;
    context.verdict = policy().match(context.query.name, asking(context), *book_.activity, *book_.patterns, now, chain);
    if (context.verdict.action == Action::Redirect) {
      const auto& rule = policy().blocked_answer(context.verdict.answer);
      last = rule.redirect_target;
      aliases.add(context.query.name, last, std::min(rule.ttl, context.verdict.ttl_cap));
    }
  }
  // A reload took the alias away while the query waited: this reply is not its answer any more.
  if (!(last == context.ask.name)) return answers_.with_rcode(context, Rcode::ServFail, Ede::NotReady, Counter::failed);
  return answers_.relayed_behind(context, aliases, relay);
}

std::optional<Ending> Pipeline::stale(QueryContext& context, Tick now) noexcept {
  const auto old = cache_.find_stale(context.ask, now, reply_);
  if (!old) return std::nullopt;
  counters_.add(Counter::cached_stale);
  const Ede ede = old->rcode == Rcode::NxDomain ? Ede::StaleNxdomain : Ede::StaleAnswer;
  return from_reply(context, {old->wire, false, needs_judging(*old, context.ask), ede, Counter::cached}, now);
}

void Pipeline::answer_the_rest(Tick now) noexcept {
  not_ready_ = true;
  forwarder_.give_up_all(now);
}

void Pipeline::finish(const QueryContext& context, const Ending& ending, Tick now) noexcept {
  counters_.add(ending.outcome);
  count_rules(context);
  count_way_round(context, ending);
  const bool sent = is_answered(ending) && clients_.send(context.client, ending.answer, ending.least_ttl);
  if (is_answered(ending) && !sent) counters_.add(Counter::dropped_gone);
  if (ending.outcome == Counter::dropped_by_rule) clients_.drop(context.client);
  counters_.add(sent ? Counter::answered : Counter::dropped);
  if (sent && (ending.answer[2] & dns::flag::TC >> 8) != 0) counters_.add(Counter::truncated);
  latency_.record(now - context.received);
  logging_.log(context, ending, book_, now);
}

void Pipeline::count_rules(const QueryContext& context) noexcept {
  const auto& verdict = context.verdict;
  if (verdict.decided()) book_.rule_counters->hit(verdict.rule);
  if (verdict.action == Action::Allow) counters_.add(Counter::allowed_by_rule);
  if (verdict.would_hit == policy::NoRule) return;
  book_.rule_counters->would_hit(verdict.would_hit);
  counters_.add(Counter::would_block);
}

// Once a question: by the rule that decides it, else by the one that would have, else as a look for encrypted resolvers.
void Pipeline::count_way_round(const QueryContext& context, const Ending& ending) noexcept {
  using policy::WayRound;
  const auto& verdict = context.verdict;
  const auto way_of = [&](policy::RuleIndex rule) {
    return rule == policy::NoRule ? WayRound::None : policy().blocked_answer(rule).way_round;
  };
  auto way = verdict.blocks() ? way_of(verdict.rule) : WayRound::None;
  if (way == WayRound::None) way = way_of(verdict.would_hit);
  if (ending.outcome == Counter::local && is_discovery(context.query.name)) way = WayRound::Automatic;
  if (way == WayRound::None) return;
  const auto group = policy().client_class(context.client_class).group;
  if (way == WayRound::Automatic) {
    book_.rule_counters->automatic(group);
  } else {
    book_.rule_counters->resolver_lookup(group);
  }
}

}  // namespace aven::pipeline
