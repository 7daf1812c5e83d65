#include "policy/policy_id.h"

#include <algorithm>
#include <array>
#include <memory>
#include <openssl/evp.h>

#include "base/check.h"

namespace aven::policy {
namespace {

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    AVEN_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void number(std::int64_t value) {
    std::array<std::uint8_t, 8> octets;
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(value >> (8 * i));
    add(octets.data(), octets.size());
  }
  void text(std::string_view value) {  // with its length: no two contents have the same stream
    number(static_cast<std::int64_t>(value.size()));
    add(value.data(), value.size());
  }
  void name(const dns::Name& value) { text({reinterpret_cast<const char*>(value.wire().data()), value.wire().size()}); }
  // As short as it can be told apart: there are millions. A name ends with its root octet.
  void pattern(const Pattern& value) {
    const auto form = static_cast<std::uint8_t>(value.form);
    add(&form, sizeof form);
    add(value.name.wire().data(), value.name.wire().size());
    if (value.form >= PatternForm::Glob) text(value.label);
  }
  template <class List, class Each>
  void list(const List& values, Each&& each) {
    number(static_cast<std::int64_t>(values.size()));
    for (const auto& value : values) each(value);
  }

  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> octets;
    unsigned size = 0;
    digest();
    AVEN_CHECK(EVP_DigestFinal_ex(context_.get(), octets.data(), &size) == 1);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
      constexpr const char* Hex = "0123456789abcdef";
      out += Hex[octets[i] >> 4];
      out += Hex[octets[i] & 0xf];
    }
    return out;
  }

 private:
  void add(const void* data, std::size_t size) {
    waiting_.append(static_cast<const char*>(data), size);
    if (waiting_.size() >= Batch) digest();
  }
  void digest() {
    AVEN_CHECK(EVP_DigestUpdate(context_.get(), waiting_.data(), waiting_.size()) == 1);
    waiting_.clear();
  }

  static constexpr std::size_t Batch = 16384;  // a call for each few octets costs more than the sum itself
  std::string waiting_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

void add_own_answer(Digest& digest, const OwnAnswer& own) {
  const auto address = [&](const IpAddress& value) { digest.text(value.text()); };
  digest.number(-2 - static_cast<std::int64_t>(own.action));
  digest.list(own.ipv4, address);
  digest.list(own.ipv6, address);
  digest.text(own.target);
}

void add_patterns(Digest& digest, const std::vector<PatternSource>& sources) {
  for (const auto& source : sources) {
    if (source.own) add_own_answer(digest, *source.own);
    source.patterns.for_each([&](std::size_t, const Pattern& pattern) { digest.pattern(pattern); });
  }
  digest.number(-1);
}

void add_moment(Digest& digest, const std::optional<date::local_seconds>& moment) {
  digest.number(moment ? moment->time_since_epoch().count() : -1);
}

void add_rule(Digest& digest, const Rule& rule) {
  const auto text = [&](const std::string& value) { digest.text(value); };
  const auto prefix = [&](const Prefix& value) { digest.text(value.text()); };
  const auto address = [&](const IpAddress& value) { digest.text(value.text()); };
  digest.text(rule.full_id());
  digest.number(static_cast<std::int64_t>(rule.action));
  digest.number(static_cast<std::int64_t>(rule.mode));
  digest.number(rule.priority);
  digest.number(static_cast<std::int64_t>(rule.ede));
  add_patterns(digest, rule.domains);
  add_patterns(digest, rule.except);
  digest.list(rule.types, [&](dns::Type type) { digest.number(static_cast<std::int64_t>(type)); });
  digest.list(rule.addresses, prefix);
  digest.text(rule.target);
  digest.list(rule.groups, text);
  digest.list(rule.clients, prefix);
  digest.list(rule.except_clients, prefix);
  digest.list(rule.exempts, text);
  add_moment(digest, rule.validity.from);
  add_moment(digest, rule.validity.until);
  digest.list(rule.validity.schedule, [&](const ScheduleWindow& window) {
    for (const bool day : window.days) digest.number(day ? 1 : 0);
    digest.number(window.from.count());
    digest.number(window.to.count());
  });
  const auto &title = rule.title, &reason = rule.reason;
  for (const auto* value :
       {&title.en, &title.fr, &reason.en, &reason.fr, &rule.legal_basis, &rule.owner, &rule.category}) {
    digest.text(*value);
  }
  digest.list(rule.contact, text);
  digest.number(rule.review_by ? rule.review_by->time_since_epoch().count() : -1);
  digest.list(rule.lists, [&](const ListReference& list) { digest.text(list.name()); });
  for (const auto* given : {&rule.answer.ipv4, &rule.answer.ipv6}) {
    digest.number(given->has_value() ? 1 : 0);  // none given and none wanted are not the same
    digest.list(given->value_or(std::vector<IpAddress>{}), address);
  }
  digest.number(rule.answer.ttl ? std::int64_t{*rule.answer.ttl} : -1);
}

}  // namespace

std::string policy_id(const RuleSet& rules, const PolicySettings& settings) {
  Digest digest;
  const auto prefix = [&](const Prefix& value) { digest.text(value.text()); };
  const auto address = [&](const IpAddress& value) { digest.text(value.text()); };
  digest.list(rules.rules, [&](const Rule& rule) { add_rule(digest, rule); });
  const auto must = [&](const MustResolve& value) {
    digest.text(value.pack);
    digest.name(value.name);
  };
  digest.list(rules.must_resolve, must);
  digest.list(settings.must_resolve, must);
  digest.list(settings.allow_from, prefix);
  digest.list(settings.groups, [&](const Group& group) {
    digest.text(group.name);
    digest.list(group.prefixes, prefix);
  });
  digest.list(settings.routes, [&](const Route& route) {
    digest.name(route.suffix);
    digest.text(route.group);
    digest.number(route.route);
  });
  digest.list(settings.records, [&](const LocalRecord& record) {
    digest.name(record.owner);
    digest.number(static_cast<std::int64_t>(record.type));
    digest.number(record.ttl);
    digest.text({reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()});
  });
  digest.list(settings.sinkhole_ipv4, address);
  digest.list(settings.sinkhole_ipv6, address);
  digest.number(settings.sinkhole_ttl);
  digest.text(settings.language);
  digest.text(settings.timezone);
  digest.list(settings.declared, [&](const std::string& value) { digest.text(value); });
  return digest.hex();
}

}  // namespace aven::policy
