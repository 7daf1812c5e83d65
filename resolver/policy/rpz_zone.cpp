#include "policy/rpz_zone.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace aven::policy {
namespace {

constexpr std::string_view Blanks = " \t\r\f\v";
constexpr std::uint32_t AnyTtl = 300;  // the rule's counts

dns::Name name_of(const ldns_rdf& rdf) {
  return dns::Name::from_wire({ldns_rdf_data(&rdf), ldns_rdf_size(&rdf)}).value_or(dns::Name{});
}

// `suffix` and a dot before it taken off the end; nothing if the name does not end so.
std::optional<std::string_view> without_suffix(std::string_view name, std::string_view suffix) noexcept {
  if (!name.ends_with(suffix) || name.size() <= suffix.size()) return std::nullopt;
  name.remove_suffix(suffix.size());
  if (!name.ends_with('.')) return std::nullopt;
  return name.substr(0, name.size() - 1);
}

// ldns takes a TTL before the class alone; "IN" right behind the owner says nothing anyway.
std::string without_class(std::string text) {
  const auto owner_end = std::min(text.find_first_of(Blanks), text.size());
  const auto start = text.find_first_not_of(Blanks, owner_end);
  if (start == std::string::npos) return text;
  const auto end = text.find_first_of(Blanks, start);
  const std::string_view word = std::string_view{text}.substr(start, end - start);
  const bool is_class = word.size() == 2 && (word[0] | 0x20) == 'i' && (word[1] | 0x20) == 'n';
  return is_class && end != std::string::npos ? text.erase(start, end - start) : text;
}

bool is_other_trigger(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 4> Ends{"rpz-ip", "rpz-client-ip", "rpz-nsip", "rpz-nsdname"};
  return std::any_of(Ends.begin(), Ends.end(),
                     [&](std::string_view end) { return name == end || without_suffix(name, end).has_value(); });
}

}  // namespace

std::optional<RpzAside> RpzZone::read(std::string_view line, std::size_t number) {
  if (text_.empty()) line_ = number;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      text_ += c;
      c = line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      if (c == ';') break;
      if (c == '(') ++open_;
      if (c == ')' && open_ > 0) --open_;
      if (c == '(' || c == ')') c = ' ';
    }
    text_ += c == '\0' ? '?' : c;  // ldns reads up to a zero octet
  }
  if (text_.size() > MaxRecordSize) {
    text_.clear();
    open_ = 0;
    return RpzAside::NotARecord;
  }
  if (open_ > 0) {
    text_ += ' ';
    return std::nullopt;
  }
  const std::string whole = std::exchange(text_, {});
  const auto last = whole.find_last_not_of(Blanks);
  if (last == std::string::npos) return std::nullopt;
  text_ = whole.substr(0, last + 1);
  const auto why = text_[0] == '$' ? directive(text_) : record();
  text_.clear();
  return why;
}

std::optional<RpzAside> RpzZone::directive(std::string_view line) {
  if (line.starts_with("$TTL")) return std::nullopt;
  constexpr std::string_view Origin = "$ORIGIN";
  const auto start = line.starts_with(Origin) ? line.find_first_not_of(Blanks, Origin.size()) : std::string_view::npos;
  if (start == std::string_view::npos) return RpzAside::NotDns;
  dns::RdfPtr origin{ldns_dname_new_frm_str(std::string{line.substr(start)}.c_str())};
  if (!origin) return RpzAside::NotARecord;
  const bool absolute = ldns_dname_str_absolute(std::string{line.substr(start)}.c_str()) != 0;
  if (!absolute && origin_ && ldns_dname_cat(origin.get(), origin_.get()) != LDNS_STATUS_OK)
    return RpzAside::NotARecord;
  origin_ = std::move(origin);
  if (!apex_) apex_ = name_of(*origin_);
  return std::nullopt;
}

std::optional<RpzAside> RpzZone::record() {
  ldns_rr* raw = nullptr;
  ldns_rdf* last = last_owner_.release();
  const auto status = ldns_rr_new_frm_str(&raw, without_class(text_).c_str(), AnyTtl, origin_.get(), &last);
  last_owner_.reset(last);
  const dns::RrPtr rr{status == LDNS_STATUS_OK ? raw : nullptr};
  if (!rr || ldns_rr_owner(rr.get()) == nullptr) return RpzAside::NotARecord;
  const dns::Name owner = name_of(*ldns_rr_owner(rr.get()));
  if (ldns_rr_get_type(rr.get()) == LDNS_RR_TYPE_SOA && !apex_) apex_ = owner;
  if (owner.is_root() || owner == apex_) return std::nullopt;  // SOA, NS and the like

  const std::string text = owner.text();
  std::string name{apex_ && !apex_->is_root() ? without_suffix(text, apex_->text()).value_or(text) : text};
  if (is_other_trigger(name)) return RpzAside::OtherTrigger;
  return add(*rr, std::move(name));
}

// NODATA unless a record says more.
std::optional<RpzAside> RpzZone::add(const ldns_rr& rr, std::string name) {
  const bool alias = ldns_rr_get_type(&rr) == LDNS_RR_TYPE_CNAME;
  const ldns_rdf* data = ldns_rr_rd_count(&rr) > 0 ? ldns_rr_rdf(&rr, 0) : nullptr;
  if (data == nullptr) return RpzAside::NotARecord;
  const std::string target = alias ? name_of(*data).text() : std::string{};
  if (target == "rpz-tcp-only" || target.starts_with("*.")) return RpzAside::NotDns;

  RpzEntry fresh;
  fresh.form = name.starts_with("*.") ? PatternForm::Below : PatternForm::Exact;
  fresh.name = fresh.form == PatternForm::Below ? name.substr(2) : std::move(name);
  fresh.line = line_;
  if (!entry_ || entry_->name != fresh.name || entry_->form != fresh.form) {
    end_entry();
    entry_ = std::move(fresh);
  }
  OwnAnswer& answer = entry_->answer;
  const std::span<const std::uint8_t> octets{ldns_rdf_data(data), ldns_rdf_size(data)};
  if (ldns_rr_get_type(&rr) == LDNS_RR_TYPE_A) {
    answer.action = Action::Sinkhole;
    answer.ipv4.push_back(IpAddress::v4(octets.first<4>()));
  } else if (ldns_rr_get_type(&rr) == LDNS_RR_TYPE_AAAA) {
    answer.action = Action::Sinkhole;
    answer.ipv6.push_back(IpAddress::v6(octets.first<16>()));
  } else if (!alias) {
    return RpzAside::OtherRecord;
  } else if (name_of(*data).is_root()) {
    answer.action = Action::NxDomain;
  } else if (target == "rpz-passthru" || target == entry_->name) {
    answer.action = Action::Allow;
  } else if (target == "rpz-drop") {
    answer.action = Action::Drop;
  } else if (target != "*") {
    answer.action = Action::Redirect;
    answer.target = target;
  }
  return std::nullopt;
}

void RpzZone::end_entry() {
  if (!entry_) return;
  if (held_ && held_->form != entry_->form && held_->name == entry_->name && held_->answer == entry_->answer) {
    held_->form = PatternForm::Suffix;
    ready_.push_back(std::move(*held_));
    held_.reset();
  } else {
    if (held_) ready_.push_back(std::move(*held_));
    held_ = std::move(entry_);
  }
  entry_.reset();
}

std::optional<RpzEntry> RpzZone::next() {
  if (ready_.empty()) return std::nullopt;
  RpzEntry entry = std::move(ready_.front());
  ready_.pop_front();
  return entry;
}

void RpzZone::finish() {
  end_entry();
  if (held_) ready_.push_back(std::move(*held_));
  held_.reset();
}

}  // namespace aven::policy
