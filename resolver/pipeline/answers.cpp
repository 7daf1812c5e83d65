#include "pipeline/answers.h"

#include <algorithm>

namespace aven::pipeline {
namespace {

using dns::Rcode;
using dns::Type;
using policy::Action;
using stats::Counter;

constexpr std::array<std::uint8_t, 4> Localhost4{127, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> Localhost6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

// The addresses of the question's family; false if the rule has none.
bool add_sinkhole(dns::AnswerWriter& writer, Type type, const policy::BlockedAnswer& rule, std::uint32_t ttl) noexcept {
  if (type != Type::A && type != Type::AAAA) return false;
  const auto& addresses = type == Type::A ? rule.ipv4 : rule.ipv6;
  for (const auto& address : addresses) writer.add_address(address, ttl);
  return !addresses.empty();
}

void deny_name(dns::AnswerWriter& writer, const dns::Query& query, std::uint32_t ttl) noexcept {
  writer.set_rcode(Rcode::NxDomain);
  writer.add_soa(query.name.is_root() ? 0 : 1, ttl);
}

void add_aliases(dns::AnswerWriter& writer, const Aliases& aliases, std::uint32_t& least_ttl) noexcept {
  for (const Alias& alias : aliases.all()) {
    writer.add_record(dns::Section::Answer, alias.owner, Type::CNAME, dns::Class::IN, alias.ttl, alias.target.wire());
    least_ttl = std::min(least_ttl, alias.ttl);
  }
}

}  // namespace

dns::AnswerWriter Answers::writer_for(const QueryContext& context) noexcept {
  const auto& query = context.query;
  dns::AnswerWriter writer{out_, query, context.over_udp() ? dns::udp_limit(query) : dns::MaxMessageSize};
  if (!context.over_udp() && query.edns.tcp_keepalive) writer.set_tcp_keepalive(tcp_keepalive_);
  return writer;
}

Ending Answers::with_rcode(const QueryContext& context, Rcode rcode, dns::Ede ede, Counter outcome,
                           std::string_view ede_text) noexcept {
  auto writer = writer_for(context);
  writer.set_rcode(rcode);
  if (ede != dns::Ede::None) writer.add_extended_error({ede, ede_text});
  return {outcome, writer.finish(), 0};
}

Ending Answers::for_bad_query(const QueryContext& context, dns::QueryError error) noexcept {
  switch (error) {
    case dns::QueryError::NotImp:
      return with_rcode(context, Rcode::NotImp, dns::Ede::NotSupported, Counter::not_implemented);
    case dns::QueryError::BadVersion:
      return with_rcode(context, Rcode::BadVers, dns::Ede::None, Counter::bad_version);
    default:
      return with_rcode(context, Rcode::FormErr, dns::Ede::None, Counter::malformed);
  }
}

Ending Answers::blocked(const QueryContext& context, const policy::BlockedAnswer& rule) noexcept {
  const auto action = context.verdict.action;
  if (action == Action::Drop) return {Counter::dropped_by_rule, {}, 0};

  auto writer = writer_for(context);
  const std::uint32_t ttl = std::min(rule.ttl, context.verdict.ttl_cap);
  writer.add_extended_error({rule.ede, rule.ede_text});
  if (action == Action::Refuse) {
    writer.set_rcode(Rcode::Refused);
  } else if (action == Action::NxDomain && !rule.nxdomain_as_nodata) {
    deny_name(writer, context.query, ttl);
  } else if (context.query.type == Type::ANY) {
    writer.add_any_hinfo(ttl);
  } else if (action == Action::Sinkhole && add_sinkhole(writer, context.query.type, rule, ttl)) {
    writer.add_extended_error({dns::Ede::ForgedAnswer, {}});
  } else {
    writer.add_soa(0, ttl);
  }
  return {Counter::blocked, writer.finish(), ttl};
}

Ending Answers::relayed(const QueryContext& context, const Relay& relay) noexcept {
  auto writer = writer_for(context);
  writer.relay(relay.wire);
  writer.set_authentic(relay.authentic && context.query.wants_ad());
  if (relay.ede != dns::Ede::None) writer.add_extended_error({relay.ede, {}});
  return {relay.outcome, writer.finish(), relay.least_ttl};
}

Ending Answers::relayed_behind(const QueryContext& context, const Aliases& aliases, const Relay& relay) noexcept {
  auto writer = writer_for(context);
  std::uint32_t least_ttl = relay.least_ttl;
  add_aliases(writer, aliases, least_ttl);
  writer.append(relay.wire);
  if (relay.ede != dns::Ede::None) writer.add_extended_error({relay.ede, {}});
  return {relay.outcome, writer.finish(), least_ttl};
}

Ending Answers::records(const QueryContext& context, const Aliases& aliases,
                        std::span<const policy::LocalRecord> at_last_name) noexcept {
  auto writer = writer_for(context);
  writer.set_authoritative(true);
  std::uint32_t least_ttl = at_last_name.empty() ? 0 : UINT32_MAX;
  add_aliases(writer, aliases, least_ttl);
  bool found = aliases.size > 0;
  for (const auto& record : at_last_name) {
    least_ttl = std::min(least_ttl, record.ttl);
    if (record.type != context.query.type) continue;
    writer.add_record(dns::Section::Answer, record.owner, record.type, dns::Class::IN, record.ttl, record.rdata);
    found = true;
  }
  if (!found && context.query.type == Type::ANY) {
    writer.add_any_hinfo(least_ttl);
  } else if (!found) {
    writer.add_soa(0, least_ttl);
  }
  return {Counter::local, writer.finish(), least_ttl};
}

Ending Answers::special(const QueryContext& context, const SpecialZone& zone, std::uint32_t ttl) noexcept {
  using Kind = SpecialZone::Kind;
  const auto& query = context.query;
  const std::size_t below = query.name.label_count() - zone.labels;
  auto writer = writer_for(context);
  writer.set_authoritative(true);
  if (zone.kind == Kind::Localhost && query.type == Type::A) {
    writer.add_address(IpAddress::v4(Localhost4), ttl);
  } else if (zone.kind == Kind::Localhost && query.type == Type::AAAA) {
    writer.add_address(IpAddress::v6(Localhost6), ttl);
  } else {
    const bool discovery = zone.kind == Kind::Discovery && query.name == *dns::Name::from_text("_dns.resolver.arpa");
    const bool exists = zone.kind == Kind::Localhost || discovery || (zone.kind != Kind::Denied && below == 0);
    if (!exists) writer.set_rcode(Rcode::NxDomain);
    writer.add_soa(below, ttl);
  }
  return {Counter::local, writer.finish(), ttl};
}

Ending Answers::chaos_text(const QueryContext& context, std::string_view text) noexcept {
  std::array<std::uint8_t, 256> rdata{};
  const std::size_t size = std::min<std::size_t>(text.size(), 255);
  rdata[0] = static_cast<std::uint8_t>(size);
  std::copy_n(text.begin(), size, rdata.begin() + 1);
  auto writer = writer_for(context);
  writer.set_authoritative(true);
  writer.add_record(dns::Section::Answer, context.query.name, Type::TXT, dns::Class::CH, 0,
                    std::span{rdata}.first(size + 1));
  return {Counter::local, writer.finish(), 0};
}

Ending Answers::loop_found(const QueryContext& context) noexcept {
  const upstream::ProbeAnswer told{context.client.peer.address};
  auto writer = writer_for(context);
  writer.add_record(dns::Section::Answer, context.query.name, Type::TXT, dns::Class::IN, 0, told.rdata());
  return {Counter::local, writer.finish(), 0};
}

Ending Answers::any(const QueryContext& context, std::uint32_t ttl) noexcept {
  auto writer = writer_for(context);
  writer.add_any_hinfo(ttl);
  writer.add_extended_error({dns::Ede::Synthesized, {}});
  return {Counter::local, writer.finish(), ttl};
}

}  // namespace aven::pipeline
