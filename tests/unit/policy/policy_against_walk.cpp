// The compiled policy against a plain walk over all rules: thousands of random rule sets, drawn so that forms, excepts,
// exemptions, priorities and observed rules meet on the same few names.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "policy/pattern_set.h"
#include "support/message_builder.h"
#include "unit/policy/naive_rules.h"

using namespace aven;
using policy::Action;
using policy::Mode;

namespace {

constexpr WallTime Now{std::chrono::seconds{1'700'000'000}};

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
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
  std::mt19937_64 random_;
};

policy::Rule draw_rule(Draw& draw, std::size_t number) {
  policy::Rule rule;
  rule.pack = draw.chance(50) ? "p" : "q";
  rule.id = std::to_string(number);
  rule.action = draw.of<Action>({Action::Sinkhole, Action::NxDomain, Action::Refuse, Action::Allow, Action::Allow});
  rule.mode = draw.of<Mode>({Mode::Enforce, Mode::Enforce, Mode::Enforce, Mode::Observe, Mode::Off});
  rule.priority = draw.of<int>({0, 0, 0, 0, 5, -10});
  rule.domains = draw.patterns(3);
  for (auto& source : rule.domains) {  // as an rpz list brings them
    if (rule.action == Action::Allow || !draw.chance(10)) continue;
    source.list = true;
    source.own.emplace().action = draw.of<Action>({Action::NxDomain, Action::NoData, Action::Drop, Action::Allow});
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

policy::RuleSet draw_rules(Draw& draw) {
  policy::RuleSet set;
  const std::size_t count = 1 + draw.below(9);
  for (std::size_t i = 0; i < count; ++i) set.rules.push_back(draw_rule(draw, i));
  std::sort(set.rules.begin(), set.rules.end(), [](const auto& a, const auto& b) { return a.full_id() < b.full_id(); });
  for (auto& rule : set.rules) {
    if (rule.action == Action::Allow && draw.chance(40)) rule.exempts = {draw.of(set.rules).full_id()};
  }
  for (std::size_t left = draw.below(3); left > 0; --left)
    set.must_resolve.push_back({test::name_of(draw.name()), draw.of<std::string>({"p", "q"}), "pack.json", ""});
  return set;
}

policy::PolicySettings draw_settings(Draw& draw) {
  policy::PolicySettings settings;
  settings.allow_from = {Prefix::parse("10.0.0.0/8").value()};
  settings.groups = {{"g1", {Prefix::parse("10.1.0.0/16").value()}},
                     {"g2", {Prefix::parse("10.1.2.0/24").value(), Prefix::parse("2001:db8::/32").value()}}};
  if (draw.chance(20)) settings.must_resolve.push_back({test::name_of(draw.name()), "", "aven.json", ""});
  if (draw.chance(20)) settings.routes.push_back({test::name_of(draw.name()), 1, ""});
  settings.hash_seed = draw.below(1000);
  return settings;
}

// Sets that break their own must_resolve are refused: drawn again without it.
std::unique_ptr<const policy::Policy> compile(policy::RuleSet& rules, policy::PolicySettings& settings) {
  auto compiled = policy::compile_policy(rules, settings, 1, Now);
  if (compiled.policy == nullptr) {
    rules.must_resolve.clear();
    settings.must_resolve.clear();
    settings.routes.clear();
    compiled = policy::compile_policy(rules, settings, 1, Now);
  }
  for (const auto& problem : compiled.problems) UNSCOPED_INFO(policy::to_text(problem));
  REQUIRE(compiled.policy != nullptr);
  return std::move(compiled.policy);
}

test::NaiveReply draw_reply(Draw& draw, dns::Type type) {
  test::NaiveReply reply;
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

void add_hints(test::MessageBuilder& message, const std::vector<IpAddress>& addresses) {
  for (const bool v4 : {true, false}) {
    std::vector<std::uint8_t> octets;
    for (const auto& address : addresses) {
      if (address.is_v4() == v4) octets.insert(octets.end(), address.octets().begin(), address.octets().end());
    }
    if (octets.empty()) continue;
    message.u16(v4 ? 4 : 6).u16(static_cast<unsigned>(octets.size())).bytes(octets);
  }
}

test::MessageBuilder wire_of(const test::NaiveReply& reply, dns::Type type) {
  test::MessageBuilder message{0x8180};
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

std::string describe(const policy::RuleSet& rules) {
  std::string text;
  for (const auto& rule : rules.rules) {
    text += rule.full_id() + " action " + std::to_string(static_cast<int>(rule.action)) + " mode " +
            std::to_string(static_cast<int>(rule.mode)) + " priority " + std::to_string(rule.priority);
    for (const auto* sources : {&rule.domains, &rule.except}) {
      text += sources == &rule.domains ? " domains" : " except";
      for (const auto& source : *sources)
        source.patterns.for_each([&](std::size_t, const policy::Pattern& pattern) { text += ' ' + to_text(pattern); });
      for (const auto& source : *sources)
        if (source.own) text += " own " + std::to_string(static_cast<int>(source.own->action));
    }
    for (const auto& lifted : rule.exempts) text += " lifts " + lifted;
    for (const auto& prefix : rule.addresses) text += " address " + prefix.text();
    text += '\n';
  }
  for (const auto& must : rules.must_resolve) text += "must resolve " + must.name.text() + " in " + must.pack + '\n';
  return text;
}

// With exemptions a cap may come earlier than the moment at which the rule really turns; never later.
void require_equal(const policy::Verdict& compiled, const policy::Verdict& walked, bool exact_cap) {
  REQUIRE(compiled.action == walked.action);
  REQUIRE(compiled.rule == walked.rule);
  REQUIRE(compiled.would_hit == walked.would_hit);
  if (exact_cap) {
    REQUIRE(compiled.ttl_cap == walked.ttl_cap);
  } else {
    REQUIRE(compiled.ttl_cap <= walked.ttl_cap);
  }
}

}  // namespace

TEST_CASE("the compiled policy says what a walk over all rules says", "[policy]") {
  const auto calendar = policy::Calendar::for_zone("UTC").value();
  std::size_t decided = 0, observed = 0, by_reply = 0, capped = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Draw draw{seed};
    auto rules = draw_rules(draw);
    auto settings = draw_settings(draw);
    const auto policy = compile(rules, settings);
    INFO("seed " << seed << '\n' << describe(rules));
    const test::NaiveRules walk{rules, settings};
    const policy::Activity activity{*policy, calendar, Now, Tick{}};
    const auto patterns = policy->make_patterns();
    for (int i = 0; i < 30; ++i) {
      const auto type = draw.of<dns::Type>({dns::Type::A, dns::Type::AAAA, dns::Type::HTTPS});
      const auto client = draw.address();
      const auto reply = draw_reply(draw, type);
      INFO("question " << reply.chain[0] << " of " << client.text());
      const test::NaiveRules::Client asks{client.unmapped(), type, date::local_seconds{Now.time_since_epoch()}};
      const policy::Policy::Asking asking{policy->class_of(client), type};
      const auto question = test::name_of(reply.chain[0]);
      policy::Policy::ChainState chain;
      const auto verdict = policy->match(question, asking, activity, *patterns, Tick{}, chain);
      require_equal(verdict, walk.judge({{reply.chain[0]}, {}, {}}, asks), !walk.has_exempts());

      const auto message = wire_of(reply, type);
      const auto judged = policy->match_reply(message.wire(), question, asking, activity, *patterns, Tick{});
      require_equal(judged, walk.judge(reply, asks), !walk.has_exempts());
      REQUIRE(policy->may_match(message.wire(), question, type, *patterns) == walk.names_any(reply));
      decided += verdict.decided();
      by_reply += judged.decided() && !verdict.decided();
      observed += judged.would_hit != policy::NoRule;
      capped += judged.ttl_cap != UINT32_MAX;
    }
  }
  // The draw is worth something only if all of it happens often.
  CHECK(decided > 10000);
  CHECK(by_reply > 5000);
  CHECK(observed > 3000);
  CHECK(capped > 5000);
}
