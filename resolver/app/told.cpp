#include "app/told.h"

#include "app/place_finder.h"
#include "pipeline/local_answers.h"

namespace aven::app {
namespace {

bool is_answered_as_special(const LoadedSet& set, const dns::Name& name, const policy::RouteMatch& route) {
  const auto* zone = pipeline::find_special_zone(name);
  return zone != nullptr &&
         pipeline::is_answered_here(*zone, route, set.config.settings.private_reverse, set.config.upstreams);
}

std::string target_of(const LoadedSet& set, dns::RouteId route) {
  if (route == dns::RefuseRoute) return "refuse";
  if (route == dns::NxdomainRoute) return "nxdomain";
  return set.config.upstreams.pools[route].name;
}

}  // namespace

const policy::Rule* Told::rule() const noexcept {
  const auto index = explanation.verdict.rule;
  return index == policy::NoRule ? nullptr : &set.loaded.policy->rule(index);
}

std::optional<Step> step_before_rules(const LoadedSet& set, const dns::Name& name, dns::Type type,
                                      policy::ClassIndex client) {
  const auto& policy = *set.loaded.policy;
  const auto& facts = policy.client_class(client);
  if (!facts.allowed) return Step::NotAllowed;
  if (!policy.records_at(name).empty()) return Step::Records;
  const auto route = policy.route_for(name, type, facts.group);
  if (is_answered_as_special(set, name, route)) return Step::Special;
  if (route.route == dns::RefuseRoute || route.route == dns::NxdomainRoute) return Step::Route;
  return std::nullopt;
}

Told tell(const LoadedSet& set, const Question& question, const policy::Lifts& lifts) {
  const auto& policy = *set.loaded.policy;
  Told told{.set = set,
            .question = question,
            .explanation = policy::explain(policy, *set.loaded.calendar, question.name, question.type, question.client,
                                           question.at, place_finder({set.config.rules, set.config.state}), lifts),
            .step = Step::Upstream,
            .pool = {}};
  const auto client = policy.class_of(question.client);
  const auto group = policy.client_class(client).group;
  told.pool = target_of(set, policy.route_for(question.name, question.type, group).route);
  if (const auto before = step_before_rules(set, question.name, question.type, client)) {
    told.step = *before;
  } else if (told.explanation.verdict.blocks()) {
    told.step = Step::Rule;
  }
  return told;
}

}  // namespace aven::app
