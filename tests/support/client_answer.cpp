#include "support/client_answer.h"

#include <algorithm>
#include <stdexcept>

#include "base/bytes.h"

namespace aven::test {
namespace {

std::string one_line(char* raw) {
  const dns::TextPtr owner{raw};
  std::string text = raw == nullptr ? "" : raw;
  std::replace(text.begin(), text.end(), '\t', ' ');
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::vector<std::string> lines(const ldns_rr_list* records) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    out.push_back(one_line(ldns_rr2str(ldns_rr_list_rr(records, i))));
  }
  return out;
}

std::vector<int> extended_errors(const ldns_pkt& packet) {
  std::vector<int> out;
  const ldns_rdf* data = ldns_pkt_edns_data(&packet);
  if (data == nullptr) return out;
  ByteReader reader{{ldns_rdf_data(data), ldns_rdf_size(data)}};
  while (reader.remaining() >= 4) {
    const auto option = reader.u16();
    const auto content = reader.bytes(reader.u16());
    if (option == 15 && content.size() >= 2) out.push_back(content[0] << 8 | content[1]);
  }
  return out;
}

}  // namespace

Bytes to_wire(const ClientQuery& query) {
  const dns::PktPtr packet{ldns_pkt_new()};
  ldns_rdf* name = ldns_dname_new_frm_str(query.name.c_str());
  if (name == nullptr) throw std::runtime_error("not a name: " + query.name);
  ldns_rr* question = ldns_rr_new();
  ldns_rr_set_question(question, true);
  ldns_rr_set_owner(question, name);
  ldns_rr_set_type(question, ldns_get_rr_type_by_name(query.type.c_str()));
  ldns_rr_set_class(question, ldns_get_rr_class_by_name(query.class_.c_str()));
  ldns_pkt_push_rr(packet.get(), LDNS_SECTION_QUESTION, question);
  ldns_pkt_set_id(packet.get(), query.id);
  ldns_pkt_set_rd(packet.get(), query.recursion_desired);
  ldns_pkt_set_cd(packet.get(), query.checking_disabled);
  ldns_pkt_set_ad(packet.get(), query.ad);
  if (query.edns) ldns_pkt_set_edns_udp_size(packet.get(), query.udp_size);
  if (query.dnssec_ok) ldns_pkt_set_edns_do(packet.get(), true);
  return to_wire(*packet);
}

ClientAnswer read_answer(std::span<const std::uint8_t> message) {
  ldns_pkt* parsed = nullptr;
  const ldns_status status = ldns_wire2pkt(&parsed, message.data(), message.size());
  const dns::PktPtr packet{parsed};
  if (status != LDNS_STATUS_OK) throw std::runtime_error(std::string{"ldns: "} + ldns_get_errorstr_by_id(status));

  ClientAnswer out;
  out.size = message.size();
  out.id = ldns_pkt_id(parsed);
  const int rcode = ldns_pkt_get_rcode(parsed) | ldns_pkt_edns_extended_rcode(parsed) << 4;
  const dns::TextPtr text{rcode == 16 ? nullptr : ldns_pkt_rcode2str(static_cast<ldns_pkt_rcode>(rcode))};
  out.rcode = rcode == 16 ? "BADVERS" : text == nullptr ? "RCODE" + std::to_string(rcode) : text.get();
  const std::pair<const char*, bool> flags[] = {{"qr", ldns_pkt_qr(parsed)}, {"aa", ldns_pkt_aa(parsed)},
                                                {"tc", ldns_pkt_tc(parsed)}, {"rd", ldns_pkt_rd(parsed)},
                                                {"ra", ldns_pkt_ra(parsed)}, {"ad", ldns_pkt_ad(parsed)},
                                                {"cd", ldns_pkt_cd(parsed)}};
  for (const auto& [name, on] : flags) {
    if (on) out.flags.emplace_back(name);
  }
  const auto questions = lines(ldns_pkt_question(parsed));
  if (!questions.empty()) out.question = questions[0];
  out.answer = lines(ldns_pkt_answer(parsed));
  out.authority = lines(ldns_pkt_authority(parsed));
  out.additional = lines(ldns_pkt_additional(parsed));
  out.ede = extended_errors(*parsed);
  return out;
}

}  // namespace aven::test
