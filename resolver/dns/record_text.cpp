#include "dns/record_text.h"

#include "dns/ldns_ptr.h"
#include "dns/text.h"

namespace aven::dns {
namespace {

constexpr std::uint32_t MaxTtl = 0x7fffffff;  // RFC 2181 section 8

Expected<RecordText, std::string> from_ldns(const ldns_rr& rr) {
  RecordText record;
  const ldns_rdf* owner = ldns_rr_owner(&rr);
  const auto name = Name::from_wire({ldns_rdf_data(owner), ldns_rdf_size(owner)});
  if (!name) return Unexpected{std::string{"the owner is not a valid name"}};
  record.owner = *name;
  record.ttl = ldns_rr_ttl(&rr);
  record.type = static_cast<Type>(ldns_rr_get_type(&rr));
  record.class_ = static_cast<Class>(ldns_rr_get_class(&rr));
  for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
    const ldns_rdf* part = ldns_rr_rdf(&rr, i);
    const auto* octets = ldns_rdf_data(part);
    record.rdata.insert(record.rdata.end(), octets, octets + ldns_rdf_size(part));
  }
  if (record.ttl > MaxTtl) return Unexpected{std::string{"the TTL is above 2147483647"}};
  if (is_meta(record.type)) return Unexpected{to_text(record.type) + " is a question type, not a record type"};
  if (record.rdata.size() > UINT16_MAX) return Unexpected{std::string{"the data is longer than 65535 octets"}};
  return record;
}

}  // namespace

Expected<RecordText, std::string> parse_record(std::string_view line) {
  if (line.find('\n') != std::string_view::npos || line.find('\0') != std::string_view::npos) {
    return Unexpected{std::string{"a record is one line of text"}};
  }
  ldns_rr* raw = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&raw, std::string{line}.c_str(), DefaultRecordTtl, nullptr, nullptr);
  const RrPtr rr{raw};
  if (status != LDNS_STATUS_OK) return Unexpected{std::string{ldns_get_errorstr_by_id(status)}};
  if (!rr || ldns_rr_owner(rr.get()) == nullptr) return Unexpected{std::string{"there is no record in this line"}};
  return from_ldns(*rr);
}

}  // namespace aven::dns
