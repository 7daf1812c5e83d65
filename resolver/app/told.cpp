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

Told tell(const LoadedSet& set, const Question& question, const policy::Lifts& lifts) {
  const auto& policy = *set.loaded.policy;
  Told told{.set = set,
            .question = question,
            .explanation = policy::explain(policy, *set.loaded.calendar, question.name, question.type, question.client,
                                           question.at, place_finder({set.config.rules, set.config.state}), lifts),
            .step = Step::Upstream,
            .pool = {}};
  const auto group = policy.client_class(policy.class_of(question.client)).group;
  const auto route = policy.route_for(question.name, question.type, group);
  told.pool = target_of(set, route.route);

  if (!told.explanation.client_allowed) {
    told.step = Step::NotAllowed;
  } else if (!policy.records_at(question.name).empty()) {
    told.step = Step::Records;
  } else if (is_answered_as_special(set, question.name, route)) {
    told.step = Step::Special;
  } else if (route.route == dns::RefuseRoute || route.route == dns::NxdomainRoute) {
    told.step = Step::Route;
  } else if (told.explanation.verdict.blocks()) {
    told.step = Step::Rule;
  }
  return told;
}

}  // namespace aven::app
