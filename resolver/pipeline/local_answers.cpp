#include "pipeline/local_answers.h"

#include <algorithm>

namespace aven::pipeline {
namespace {

using dns::Rcode;
using dns::Type;
using stats::Counter;

bool is_name(const dns::Name& name, std::string_view text) noexcept {
  return name == *dns::Name::from_text(text);
}

}  // namespace

void LocalAnswers::use(const WorkerPolicy& worker_policy) {
  policy_ = worker_policy.policy.get();
  settings_ = worker_policy.settings.get();
  const auto& upstreams = *worker_policy.upstreams;
  route_is_private_.clear();
  for (const auto& pool : upstreams.pools) {
    route_is_private_.push_back(std::any_of(pool.servers.begin(), pool.servers.end(), [&](auto server) {
      const auto& address = upstreams.servers[server].endpoint.address;
      return address.is_private() || address.is_loopback();
    }));
  }
}

std::optional<Ending> LocalAnswers::answer(QueryContext& context) noexcept {
  if (auto refused = not_for_forwarding(context); refused) return refused;
  if (auto recorded = from_records(context); recorded) return recorded;

  const auto& query = context.query;
  const auto group = policy_->client_class(context.client_class).group;
  const auto route = policy_->route_for(context.ask.name, query.type, group);
  context.ask.route = route.route;
  if (const SpecialZone* zone = find_special_zone(query.name); zone != nullptr && answers_itself(*zone, route)) {
    return answers_.special(context, *zone, settings_->special_ttl);
  }
  return std::nullopt;
}

dns::RouteId LocalAnswers::route_for(const dns::Name& name, const QueryContext& context) const noexcept {
  return policy_->route_for(name, context.query.type, policy_->client_class(context.client_class).group).route;
}

std::optional<Ending> LocalAnswers::not_for_forwarding(const QueryContext& context) noexcept {
  const auto& query = context.query;
  if (query.class_ == dns::Class::CH) return chaos(context);
  if (query.class_ != dns::Class::IN) {
    return answers_.with_rcode(context, Rcode::Refused, dns::Ede::NotSupported, Counter::refused);
  }
  if (!dns::is_meta(query.type) || query.type == Type::ANY) return std::nullopt;
  switch (query.type) {
    case Type::AXFR:
    case Type::IXFR:
      return answers_.with_rcode(context, Rcode::Refused, dns::Ede::NotSupported, Counter::refused);
    case Type::MAILA:
    case Type::MAILB:
      return answers_.with_rcode(context, Rcode::NotImp, dns::Ede::NotSupported, Counter::not_implemented);
    default:
      return answers_.with_rcode(context, Rcode::FormErr, dns::Ede::InvalidQueryType, Counter::malformed);
  }
}

std::optional<Ending> LocalAnswers::from_records(QueryContext& context) noexcept {
  if (!policy_->has_records() || policy_->records_at(context.query.name).empty()) return std::nullopt;
  Aliases aliases;
  const dns::Name last = follow_records(*policy_, context.query.name, context.query.type, aliases);
  const auto records = policy_->records_at(last);
  if (!records.empty() || !context.query.recursion_desired()) return answers_.records(context, aliases, records);
  context.ask.name = last;
  return std::nullopt;
}

Ending LocalAnswers::chaos(const QueryContext& context) noexcept {
  const auto& query = context.query;
  if (query.type == Type::TXT || query.type == Type::ANY) {
    if (is_name(query.name, "version.bind") || is_name(query.name, "version.server")) {
      return answers_.chaos_text(context, settings_->version);
    }
    if (is_name(query.name, "hostname.bind") || is_name(query.name, "id.server")) {
      return answers_.chaos_text(context, settings_->server_id);
    }
  }
  return answers_.with_rcode(context, Rcode::Refused, dns::Ede::NotSupported, Counter::refused);
}

bool LocalAnswers::answers_itself(const SpecialZone& zone, const policy::Policy::RouteMatch& route) const noexcept {
  if (!zone.routable) return true;
  if (route.found && route.labels >= zone.labels) return false;
  if (!zone.private_reverse) return true;
  switch (settings_->private_reverse) {
    case PrivateReverse::Local:
      return true;
    case PrivateReverse::Forward:
      return false;
    case PrivateReverse::Auto:
      break;
  }
  return route.route >= route_is_private_.size() || !route_is_private_[route.route];
}

}  // namespace aven::pipeline
