#include "support/fake_authority.h"

#include <algorithm>
#include <ldns/ldns.h>
#include <stdexcept>

namespace aven::test {
namespace {

void push(ldns_pkt& reply, ldns_pkt_section section, const ldns_rr* record) {
  ldns_pkt_push_rr(&reply, section, ldns_rr_clone(record));
}

void push(ldns_pkt& reply, ldns_pkt_section section, const std::string& line) {
  ldns_rr* record = nullptr;
  ldns_rr_new_frm_str(&record, line.c_str(), 300, nullptr, nullptr);
  const dns::RrPtr owner{record};
  push(reply, section, record);
}

bool has_labels_of(const ldns_rdf* name, const ldns_rdf* apex) {
  return ldns_dname_compare(name, apex) == 0 || ldns_dname_is_subdomain(name, apex);
}

}  // namespace

Bytes to_wire(const ldns_pkt& packet) {
  std::uint8_t* raw = nullptr;
  std::size_t size = 0;
  const ldns_status status = ldns_pkt2wire(&raw, &packet, &size);
  const dns::WirePtr owner{raw};
  if (status != LDNS_STATUS_OK) throw std::runtime_error(ldns_get_errorstr_by_id(status));
  return {raw, raw + size};
}

void FakeAuthority::add_record(const std::string& line) {
  ldns_rr* record = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&record, line.c_str(), 300, nullptr, nullptr);
  dns::RrPtr owner{record};
  if (status != LDNS_STATUS_OK) throw std::runtime_error(line + ": " + ldns_get_errorstr_by_id(status));
  records_.push_back(std::move(owner));
}

bool FakeAuthority::exists(const ldns_rdf* name) const {
  return std::any_of(records_.begin(), records_.end(),
                     [&](const auto& record) { return has_labels_of(ldns_rr_owner(record.get()), name); });
}

void FakeAuthority::answer(ldns_pkt& reply, const ldns_rdf* name, ldns_rr_type type) const {
  for (int link = 0; link < 20; ++link) {
    const ldns_rr* alias = nullptr;
    bool found = false;
    for (const auto& record : records_) {
      if (ldns_dname_compare(ldns_rr_owner(record.get()), name) != 0) continue;
      if (ldns_rr_get_type(record.get()) == type) {
        push(reply, LDNS_SECTION_ANSWER, record.get());
        found = true;
      } else if (ldns_rr_get_type(record.get()) == LDNS_RR_TYPE_CNAME) {
        alias = record.get();
      }
    }
    if (found) return;
    if (alias == nullptr) return deny(reply, name);
    push(reply, LDNS_SECTION_ANSWER, alias);
    name = ldns_rr_rdf(alias, 0);
  }
}

void FakeAuthority::deny(ldns_pkt& reply, const ldns_rdf* name) const {
  if (!exists(name)) ldns_pkt_set_rcode(&reply, LDNS_RCODE_NXDOMAIN);
  for (const auto& record : records_) {
    if (ldns_rr_get_type(record.get()) != LDNS_RR_TYPE_SOA) continue;
    if (has_labels_of(name, ldns_rr_owner(record.get()))) return push(reply, LDNS_SECTION_AUTHORITY, record.get());
  }
}

Bytes FakeAuthority::reply_to(std::span<const std::uint8_t> query, Twist twist) const {
  ldns_pkt* parsed = nullptr;
  const ldns_status status = ldns_wire2pkt(&parsed, query.data(), query.size());
  const dns::PktPtr asked{parsed};
  if (status != LDNS_STATUS_OK) throw std::runtime_error("the query to the upstream is malformed");
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(asked.get()), 0);

  const dns::PktPtr reply{ldns_pkt_new()};
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(asked.get()));
  ldns_pkt_set_qr(reply.get(), twist != Twist::NotAReply);
  ldns_pkt_set_rd(reply.get(), true);
  ldns_pkt_set_ra(reply.get(), true);
  ldns_pkt_set_ad(reply.get(), twist == Twist::Authentic);
  push(*reply, LDNS_SECTION_QUESTION, question);
  if (ldns_pkt_edns(asked.get())) ldns_pkt_set_edns_udp_size(reply.get(), 1232);

  switch (twist) {
    case Twist::Truncated:
      ldns_pkt_set_tc(reply.get(), true);
      break;
    case Twist::ServFail:
      ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_SERVFAIL);
      break;
    case Twist::Refused:
      ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_REFUSED);
      break;
    case Twist::FormErr:
      ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_FORMERR);
      break;
    default:
      answer(*reply, ldns_rr_owner(question), ldns_rr_get_type(question));
      break;
  }
  if (twist == Twist::Shuffled) {
    ldns_rr_list* answers = ldns_pkt_answer(reply.get());
    std::reverse(answers->_rrs, answers->_rrs + ldns_rr_list_rr_count(answers));
  }
  if (twist == Twist::Poisoned) {
    for (const auto section : {LDNS_SECTION_ANSWER, LDNS_SECTION_ADDITIONAL}) {
      push(*reply, section, "victim.example. 3600 IN A 203.0.113.66");
    }
  }
  if (twist == Twist::OtherOpcode) ldns_pkt_set_opcode(reply.get(), LDNS_PACKET_NOTIFY);
  if (twist == Twist::LowerCase) {
    ldns_dname2canonical(ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(reply.get()), 0)));
  }
  Bytes wire = to_wire(*reply);
  if (twist == Twist::WrongId) wire[0] ^= 0x55;
  if (twist == Twist::WrongQuestion) wire[13] ^= 0x01;  // another first letter
  if (twist == Twist::Garbage) wire.resize(wire.size() > 20 ? 20 : wire.size());
  return wire;
}

}  // namespace aven::test
