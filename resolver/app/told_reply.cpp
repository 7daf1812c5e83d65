#include "app/told_reply.h"

#include <utility>

#include "app/place_finder.h"
#include "dns/reply.h"
#include "policy/pattern_set.h"
#include "policy/policy.h"

namespace aven::app {
namespace {

std::vector<IpAddress> addresses_of(std::span<const std::uint8_t> wire) {
  std::vector<IpAddress> addresses;
  dns::RecordWalk walk{wire};
  for (dns::Record record; walk.next(record);) {
    if (record.section != dns::Section::Answer) continue;
    if (!dns::visit_addresses(wire, record, [&](const IpAddress& address) { addresses.push_back(address); })) break;
  }
  return addresses;
}

policy::Verdict judge(const Told& told, std::span<const std::uint8_t> wire, const policy::Lifts& lifts) {
  const auto& policy = *told.set.loaded.policy;
  const auto& question = told.question;
  const policy::Activity activity{policy, *told.set.loaded.calendar, question.at, Tick{}, lifts};
  const policy::Policy::Asking asking{policy.class_of(question.client), question.type,
                                      activity.exempt(question.client)};
  return policy.match_reply(wire, question.name, asking, activity, *policy.make_patterns(), Tick{});
}

// The rule that decides was found at one of the aliases, or at an address.
void decide(Told& told, const policy::Verdict& verdict) {
  told.step = Step::Reply;
  told.explanation.verdict = verdict;
  told.explanation.decided_by = policy::DecidedBy::OnlyOne;
  for (const auto& alias : told.reply->aliases) {
    if (alias.explanation.verdict.rule == verdict.rule) told.explanation.decided_by = alias.explanation.decided_by;
  }
  told.explanation.ends = told.set.loaded.calendar->at(told.rule()->validity, told.question.at).changes;
}

}  // namespace

dns::Ask ask_of(const policy::Policy& policy, const Question& question) {
  const auto group = policy.client_class(policy.class_of(question.client)).group;
  dns::Ask ask{question.name, question.type, dns::Class::IN, false, false};
  ask.route = policy.route_for(question.name, question.type, group).route;
  return ask;
}

void follow_reply(Told& told, std::span<const std::uint8_t> wire, const policy::Lifts& lifts) {
  const auto header = dns::Header::read(wire);
  if (told.step != Step::Upstream || !header) return;
  dns::Chain chain;
  dns::follow_chain(wire, told.question.name, told.question.type, chain);
  if (chain.broken) return;

  ToldReply reply{header->rcode(), {}, addresses_of(wire)};
  const auto places = place_finder({told.set.config.rules, told.set.config.state});
  for (std::size_t i = 1; i < chain.size; ++i) {
    reply.aliases.push_back(
        {chain.names[i], policy::explain(*told.set.loaded.policy, *told.set.loaded.calendar, chain.names[i],
                                         told.question.type, told.question.client, told.question.at, places, lifts)});
  }
  told.reply = std::move(reply);
  const auto verdict = judge(told, wire, lifts);
  if (verdict.blocks()) return decide(told, verdict);
  told.explanation.verdict.would_hit = verdict.would_hit;
}

}  // namespace aven::app
