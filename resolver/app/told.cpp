#include "app/told.h"

#include <algorithm>

#include "pipeline/special_names.h"

namespace aven::app {
namespace {

using pipeline::PrivateReverse;

bool asks_private_server(const upstream::UpstreamSet& set, dns::RouteId route) {
  const auto& servers = set.pools[route].servers;
  return std::any_of(servers.begin(), servers.end(), [&](auto index) {
    const auto& address = set.servers[index].endpoint.address;
    return address.is_private() || address.is_loopback();
  });
}

// The same order as pipeline/local_answers: a route takes a special name if it is at least as specific.
bool is_answered_as_special(const LoadedSet& set, const dns::Name& name, const policy::Policy::RouteMatch& route) {
  const auto* zone = pipeline::find_special_zone(name);
  if (zone == nullptr) return false;
  if (zone->routable && route.found && route.labels >= zone->labels) return false;
  if (!zone->private_reverse) return true;
  switch (set.config.settings.private_reverse) {
    case PrivateReverse::Local:
      return true;
    case PrivateReverse::Forward:
      return false;
    case PrivateReverse::Auto:
      break;
  }
  return !asks_private_server(set.config.upstreams, route.route);
}

}  // namespace

const policy::Rule* Told::rule() const noexcept {
  const auto index = explanation.verdict.rule;
  return index == policy::NoRule ? nullptr : &set.loaded.policy->rule(index);
}

Told tell(const LoadedSet& set, const Question& question) {
  const auto& policy = *set.loaded.policy;
  Told told{.set = set,
            .question = question,
            .explanation = policy::explain(policy, *set.loaded.calendar, question.name, question.type, question.client,
                                           question.at),
            .step = Step::Upstream,
            .pool = {}};
  const auto group = policy.client_class(policy.class_of(question.client)).group;
  const auto route = policy.route_for(question.name, question.type, group);
  told.pool = set.config.upstreams.pools[route.route].name;

  if (!told.explanation.client_allowed) {
    told.step = Step::NotAllowed;
  } else if (!policy.records_at(question.name).empty()) {
    told.step = Step::Records;
  } else if (is_answered_as_special(set, question.name, route)) {
    told.step = Step::Special;
  } else if (told.explanation.verdict.blocks()) {
    told.step = Step::Rule;
  }
  return told;
}

}  // namespace aven::app
