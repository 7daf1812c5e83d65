#include "app/name_lookup.h"

#include <algorithm>
#include <sys/time.h>

#include "dns/ldns_ptr.h"

namespace aven::app {
namespace {

using ResolverPtr = std::unique_ptr<ldns_resolver, FreeWith<ldns_resolver_deep_free>>;

ResolverPtr resolver_of(const Endpoint& server) {
  ResolverPtr resolver{ldns_resolver_new()};
  const auto type = server.address.is_v4() ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
  const dns::RdfPtr address{ldns_rdf_new_frm_str(type, server.address.text().c_str())};
  if (!resolver || !address || ldns_resolver_push_nameserver(resolver.get(), address.get()) != LDNS_STATUS_OK)
    return {};
  ldns_resolver_set_port(resolver.get(), server.port);
  ldns_resolver_set_retry(resolver.get(), 1);
  ldns_resolver_set_timeout(resolver.get(), timeval{2, 0});
  return resolver;
}

// Appends the addresses of the answer, whatever the aliases before them. False: the server gave no answer.
bool ask(const ldns_resolver& resolver, const ldns_rdf& name, ldns_rr_type type, std::vector<IpAddress>& to) {
  ldns_pkt* raw = nullptr;
  const auto status =
      ldns_resolver_query_status(&raw, const_cast<ldns_resolver*>(&resolver), &name, type, LDNS_RR_CLASS_IN, LDNS_RD);
  const dns::PktPtr reply{raw};
  if (status != LDNS_STATUS_OK || !reply || ldns_pkt_get_rcode(reply.get()) == LDNS_RCODE_SERVFAIL) return false;
  const ldns_rr_list* answer = ldns_pkt_answer(reply.get());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answer); ++i) {
    const ldns_rr* record = ldns_rr_list_rr(answer, i);
    if (ldns_rr_get_type(record) != type) continue;
    const dns::TextPtr text{ldns_rdf2str(ldns_rr_rdf(record, 0))};
    if (const auto address = IpAddress::parse(text ? text.get() : "")) to.push_back(*address);
  }
  return true;
}

}  // namespace

Expected<std::vector<IpAddress>, std::string> look_up(const std::string& host, const std::vector<Endpoint>& servers) {
  if (const auto literal = IpAddress::parse(host)) return std::vector{*literal};
  const dns::RdfPtr name{ldns_dname_new_frm_str(host.c_str())};
  if (!name) return Unexpected{'"' + host + "\" is not a host name"};
  bool answered = false;
  for (const auto& server : servers) {
    const auto resolver = resolver_of(server);
    if (!resolver) continue;
    std::vector<IpAddress> addresses;
    for (const auto type : {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA})
      answered = ask(*resolver, *name, type, addresses) || answered;
    if (!addresses.empty()) return addresses;
  }
  if (servers.empty()) return Unexpected{"no upstream speaks plain DNS to look up \"" + host + '"'};
  return Unexpected{(answered ? "there is no address of \"" : "no upstream answers for \"") + host + '"'};
}

std::vector<Endpoint> lookup_servers(const upstream::UpstreamSet& upstreams, const Machine& machine) {
  std::vector<Endpoint> servers;
  for (const auto index : upstreams.pools.at(dns::DefaultRoute).servers) {
    const auto& server = upstreams.servers[index];
    if (server.protocol == upstream::Protocol::Plain) servers.push_back(server.endpoint);
  }
  if (!servers.empty()) return servers;
  for (const auto& server : machine.resolvers) {
    const auto& own = machine.addresses;
    const bool is_own = server.address.is_loopback() || std::find(own.begin(), own.end(), server.address) != own.end();
    if (!is_own) servers.push_back(server);
  }
  return servers;
}

}  // namespace aven::app
