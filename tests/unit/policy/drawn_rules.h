// Drawn rules: rule sets, settings and replies in which forms, excepts, exemptions, priorities, own answers and observed
// rules meet on the same few names. For the property test and the fuzzer of the compiled policy.
// Thread: one; allocates as it likes.   Fails: never; whatever is drawn is a set of rules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/message_builder.h"
#include "unit/policy/naive_rules.h"

namespace aven::test {

inline constexpr WallTime Now{std::chrono::seconds{1'700'000'000}};

// Draws by numbers that `source` gives.
class Draw {
 public:
  explicit Draw(std::function<std::uint64_t()> source) : source_(std::move(source)) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(source_() % limit); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

  std::string name() {
    static const std::vector<std::string> labels{"a", "b", "x1", "x2", "gpt", "x"};
    static const std::vector<std::string> ends{"com", "fr", "c.com"};
    std::string text = of(ends);
    for (std::size_t left = below(4); left > 0; --left) text = of(labels) + '.' + text;
    return text;
  }
  std::string pattern() {
    static const std::vector<std::string> globs{"x*", "*1", "*p*", "a*b", "x**"};
    static const std::vector<std::string> expressions{"/gpt/", "/^x[0-9]/", "/b\\.c/", "/fr$/", "/^a\\.com$/"};
    switch (below(7)) {
      case 0:
        return '=' + name();
      case 1:
        return "*." + name();
      case 2:
        return of(globs) + '.' + name();
      case 3:
        return '=' + of(globs) + '.' + name();
      case 4:
        return of(expressions);
      default:
        return name();
    }
  }
  std::vector<policy::PatternSource> patterns(std::size_t most) {
    std::vector<policy::PatternSource> sources(1 + below(2));
    for (auto& source : sources) {
      for (std::size_t left = below(most + 1); left > 0; --left)
        source.patterns.add(policy::parse_pattern(pattern()).value());
    }
    return sources;
  }
  std::vector<Prefix> prefixes(std::size_t most) {
    static const std::vector<std::string> texts{"10.0.0.0/8", "10.1.0.0/16",     "10.1.2.0/24",
                                                "10.1.2.3",   "0.0.0.0/0",       "2001:db8::/32",
                                                "::/0",       "2001:db8:1::/48", "192.0.2.0/24"};
    std::vector<Prefix> out;
    for (std::size_t left = 1 + below(most); left > 0; --left) out.push_back(Prefix::parse(of(texts)).value());
    return out;
  }
  IpAddress address() {
    static const std::vector<std::string> texts{"10.1.2.3",     "10.1.2.4",       "10.1.9.9",      "10.9.9.9",
                                                "192.0.2.7",    "2001:db8:1::1",  "2001:db8:2::1", "2001:db9::1",
                                                "198.51.100.1", "::ffff:10.1.2.3"};
    return IpAddress::parse(of(texts)).value();
  }
  policy::Validity validity() {
    policy::Validity out;
    const auto moment = [&] {
      return date::local_seconds{Now.time_since_epoch() + std::chrono::seconds{below(5) * 100} -
                                 std::chrono::seconds{200}};
    };
    if (chance(25)) out.from = moment();
    if (chance(25)) out.until = moment();
    return out;
  }

 private:
  std::function<std::uint64_t()> source_;
};

inline policy::Rule draw_rule(Draw& draw, std::size_t number) {
  policy::Rule rule;
  rule.pack = draw.chance(50) ? "p" : "q";
  rule.id = std::to_string(number);
  rule.action = draw.of<policy::Action>({policy::Action::Sinkhole, policy::Action::NxDomain, policy::Action::Refuse,
                                         policy::Action::Allow, policy::Action::Allow});
  rule.mode = draw.of<policy::Mode>(
      {policy::Mode::Enforce, policy::Mode::Enforce, policy::Mode::Enforce, policy::Mode::Observe, policy::Mode::Off});
  rule.priority = draw.of<int>({0, 0, 0, 0, 5, -10});
  rule.domains = draw.patterns(3);
  for (auto& source : rule.domains) {  // as an rpz list brings them
    if (rule.action == policy::Action::Allow || !draw.chance(10)) continue;
    source.list = true;
    source.own.emplace().action = draw.of<policy::Action>(
        {policy::Action::NxDomain, policy::Action::NoData, policy::Action::Drop, policy::Action::Allow});
  }
  if (draw.chance(40)) rule.except = draw.patterns(2);
  if (draw.chance(15)) rule.types = {draw.of<dns::Type>({dns::Type::A, dns::Type::AAAA, dns::Type::HTTPS})};
  if (draw.chance(30)) rule.groups = {draw.of<std::string>({"g1", "g2", "default"})};
  if (draw.chance(20)) rule.clients = draw.prefixes(2);
  if (draw.chance(15)) rule.except_clients = draw.prefixes(1);
  if (draw.chance(30)) rule.addresses = draw.prefixes(2);
  rule.whole_suffix = true;
  rule.validity = draw.validity();
  return rule;
}

inline policy::RuleSet draw_rules(Draw& draw) {
  policy::RuleSet set;
  const std::size_t count = 1 + draw.below(9);
  for (std::size_t i = 0; i < count; ++i) set.rules.push_back(draw_rule(draw, i));
  std::sort(set.rules.begin(), set.rules.end(), [](const auto& a, const auto& b) { return a.full_id() < b.full_id(); });
  for (auto& rule : set.rules) {
    if (rule.action == policy::Action::Allow && draw.chance(40)) rule.exempts = {draw.of(set.rules).full_id()};
  }
  for (std::size_t left = draw.below(3); left > 0; --left)
    set.must_resolve.push_back({name_of(draw.name()), draw.of<std::string>({"p", "q"}), "pack.json", ""});
  return set;
}

inline policy::PolicySettings draw_settings(Draw& draw) {
  policy::PolicySettings settings;
  settings.allow_from = {Prefix::parse("10.0.0.0/8").value()};
  settings.groups = {{"g1", {Prefix::parse("10.1.0.0/16").value()}},
                     {"g2", {Prefix::parse("10.1.2.0/24").value(), Prefix::parse("2001:db8::/32").value()}}};
  if (draw.chance(20)) settings.must_resolve.push_back({name_of(draw.name()), "", "aven.json", ""});
  if (draw.chance(20)) settings.routes.push_back({name_of(draw.name()), 1, ""});
  settings.hash_seed = draw.below(1000);
  return settings;
}

inline NaiveReply draw_reply(Draw& draw, dns::Type type) {
  NaiveReply reply;
  reply.chain = {draw.name()};
  for (std::size_t left = draw.below(4); left > 0; --left) {
    const auto alias = draw.name();
    if (std::find(reply.chain.begin(), reply.chain.end(), alias) == reply.chain.end()) reply.chain.push_back(alias);
  }
  if (type == dns::Type::HTTPS) {
    for (std::size_t left = draw.below(3); left > 0; --left) reply.targets.push_back(draw.name());
    std::erase(reply.targets, reply.chain.back());
  }
  if (type != dns::Type::HTTPS || !reply.targets.empty()) {
    for (std::size_t left = draw.below(3); left > 0; --left) reply.addresses.push_back(draw.address());
  }
  return reply;
}

inline void add_hints(MessageBuilder& message, const std::vector<IpAddress>& addresses) {
  for (const bool v4 : {true, false}) {
    std::vector<std::uint8_t> octets;
    for (const auto& address : addresses) {
      if (address.is_v4() == v4) octets.insert(octets.end(), address.octets().begin(), address.octets().end());
    }
    if (octets.empty()) continue;
    message.u16(v4 ? 4 : 6).u16(static_cast<unsigned>(octets.size())).bytes(octets);
  }
}

inline MessageBuilder wire_of(const NaiveReply& reply, dns::Type type) {
  MessageBuilder message{0x8180};
  message.question(reply.chain[0], type);
  for (std::size_t i = 1; i < reply.chain.size(); ++i) message.alias(reply.chain[i - 1], 60, reply.chain[i]);
  const auto& owner = reply.chain.back();
  for (std::size_t i = 0; i < reply.targets.size(); ++i) {
    message.record(dns::Section::Answer, owner, dns::Type::HTTPS, 60, [&](auto& rdata) {
      rdata.u16(static_cast<unsigned>(i + 1)).name(reply.targets[i]);
      if (i == 0) add_hints(rdata, reply.addresses);
    });
  }
  if (type == dns::Type::HTTPS) return message;
  for (const auto& address : reply.addresses) {
    message.record(dns::Section::Answer, owner, address.is_v4() ? dns::Type::A : dns::Type::AAAA, 60,
                   [&](auto& rdata) { rdata.bytes(address.octets()); });
  }
  return message;
}

}  // namespace aven::test
