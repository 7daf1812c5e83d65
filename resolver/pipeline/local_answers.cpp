#include "pipeline/local_answers.h"

namespace aven::pipeline {
namespace {

using dns::Rcode;
using dns::Type;
using stats::Counter;

constexpr std::uint32_t RouteDenialTtl = 60;

bool is_name(const dns::Name& name, std::string_view text) noexcept {
  return name == *dns::Name::from_text(text);
}

}  // namespace

bool is_answered_here(const SpecialZone& zone, const policy::RouteMatch& route, PrivateReverse private_reverse,
                      const upstream::UpstreamSet& upstreams) noexcept {
  if (!zone.routable) return true;
  if (route.found && route.labels >= zone.labels) return false;
  if (!zone.private_reverse) return true;
  switch (private_reverse) {
    case PrivateReverse::Local:
      return true;
    case PrivateReverse::Forward:
      return false;
    case PrivateReverse::Auto:
      break;
  }
  return !upstreams.asks_private_server(route.route);
}

void LocalAnswers::use(const WorkerPolicy& worker_policy) noexcept {
  policy_ = worker_policy.policy.get();
  settings_ = worker_policy.settings.get();
  upstreams_ = worker_policy.upstreams.get();
}

std::optional<Ending> LocalAnswers::answer(QueryContext& context) noexcept {
  if (auto refused = not_for_forwarding(context); refused) return refused;
  if (auto recorded = from_records(context); recorded) return recorded;

  const auto& query = context.query;
  const auto group = policy_->client_class(context.client_class).group;
  const auto route = policy_->route_for(context.ask.name, query.type, group);
  context.ask.route = route.route;
  const SpecialZone* zone = find_special_zone(query.name);
  if (zone != nullptr && is_answered_here(*zone, route, settings_->private_reverse, *upstreams_)) {
    return answers_.special(context, *zone, settings_->special_ttl);
  }
  return by_route(context, route);
}

// A route that is its own answer.
std::optional<Ending> LocalAnswers::by_route(const QueryContext& context, const policy::RouteMatch& route) noexcept {
  if (route.route == dns::RefuseRoute) {
    return answers_.with_rcode(context, Rcode::Refused, dns::Ede::Blocked, Counter::refused);
  }
  if (route.route == dns::NxdomainRoute) {
    const SpecialZone zone{SpecialZone::Kind::Denied, true, false, route.labels};
    return answers_.special(context, zone, RouteDenialTtl);
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

}  // namespace aven::pipeline
