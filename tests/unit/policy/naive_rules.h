// NaiveRules: what rules say, by a plain walk over all of them, written from DESIGN.md section 4 alone: no table, no
// ranks as numbers, nothing of the compiler. The judge of the compiled policy.
// Thread: one; allocates as it likes.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <re2/re2.h>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "policy/policy_compiler.h"

namespace aven::test {

struct NaiveReply {
  std::vector<std::string> chain;  // the question first
  std::vector<std::string> targets;
  std::vector<IpAddress> addresses;
};

class NaiveRules {
 public:
  NaiveRules(policy::RuleSet rules, policy::PolicySettings settings)
      : rules_(std::move(rules)), settings_(std::move(settings)) {}

  struct Client {
    IpAddress address;
    dns::Type type;
    date::local_seconds now;
  };
  policy::Verdict judge(const NaiveReply& reply, const Client& client) const {
    std::set<std::string> out;  // rules that an `except` took out of the chain
    State state;
    for (std::size_t i = 0; i < reply.chain.size(); ++i) {
      const Winners winners = judge_name(reply.chain[i], client, out, state);
      observe(state, winners);
      if (!winners.enforced.rule) continue;
      auto verdict = decide(state, winners, client);
      if (i > 0 && verdict.action == policy::Action::NxDomain) verdict.action = policy::Action::NoData;
      return verdict;
    }
    for (const auto& target : reply.targets) {
      auto branch = out;
      const Winners winners = judge_name(target, client, branch, state);
      if (winners.any.rule && blocks(*winners.any.rule)) observe(state, winners);
      if (winners.enforced.rule) cap(state, *winners.enforced.rule, client);
      if (!winners.enforced.rule || winners.enforced.action == policy::Action::Allow) continue;
      auto verdict = decide(state, winners, client);
      verdict.action = policy::Action::NoData;
      return verdict;
    }
    // Hints tell what A and AAAA would: where these are blocked, so are hints.
    for (const auto family : {dns::Type::A, dns::Type::AAAA}) {
      const bool hinted = std::any_of(reply.addresses.begin(), reply.addresses.end(), [&](const IpAddress& address) {
        return address.is_v4() == (family == dns::Type::A);
      });
      if (client.type != dns::Type::HTTPS || !hinted) continue;
      auto found = judge({reply.chain, reply.targets, {}}, {client.address, family, client.now});
      state.cap = std::min(state.cap, found.ttl_cap);
      if (!state.any_decided && found.would_hit != policy::NoRule && blocks(rules_.rules[found.would_hit])) {
        state.any_decided = true;
        state.would_hit = found.would_hit;
      }
      if (!found.blocks()) continue;
      found.action = policy::Action::NoData;
      found.would_hit = state.would_hit;
      found.ttl_cap = state.cap;
      return found;
    }
    const Winners winners = judge_addresses(reply.addresses, client, out, state);
    observe(state, winners);
    if (winners.enforced.rule) return decide(state, winners, client);
    policy::Verdict verdict;
    verdict.would_hit = state.would_hit;
    verdict.ttl_cap = state.cap;
    return verdict;
  }

  bool names_any(const NaiveReply& reply) const {
    const auto named = [&](const std::string& name) {
      return std::any_of(rules_.rules.begin(), rules_.rules.end(),
                         [&](const policy::Rule& rule) { return covers_any(rule.domains, name); });
    };
    const auto holds = [&](const IpAddress& address) {
      return std::any_of(rules_.rules.begin(), rules_.rules.end(),
                         [&](const policy::Rule& rule) { return contains(rule.addresses, address.unmapped()); });
    };
    return std::any_of(reply.chain.begin(), reply.chain.end(), named) ||
           std::any_of(reply.targets.begin(), reply.targets.end(), named) ||
           std::any_of(reply.addresses.begin(), reply.addresses.end(), holds);
  }

  bool has_exempts() const {
    return std::any_of(rules_.rules.begin(), rules_.rules.end(),
                       [](const auto& rule) { return !rule.exempts.empty(); });
  }

 private:
  // Bigger decides: priority, kind of form, labels or prefix length, form among equals, allow.
  using Strength = std::tuple<int, int, std::size_t, int, bool>;
  struct Winner {
    const policy::Rule* rule = nullptr;
    Strength strength;
    bool covers_below = false;
    policy::Action action = policy::Action::None;
    bool own = false;  // the answer of an rpz entry
  };
  struct Winners {
    Winner enforced, any;
  };
  struct State {
    std::uint32_t cap = UINT32_MAX;
    policy::RuleIndex would_hit = policy::NoRule;
    bool any_decided = false;
  };

  static std::vector<std::string> labels_of(const std::string& name) {
    std::vector<std::string> labels;
    for (std::size_t at = 0; at <= name.size();) {
      const auto dot = std::min(name.find('.', at), name.size());
      labels.push_back(name.substr(at, dot - at));
      at = dot + 1;
    }
    return labels;
  }

  static bool glob_matches(const std::string& glob, const std::string& label) {
    if (glob.empty()) return label.empty();
    if (glob[0] != '*') return !label.empty() && label[0] == glob[0] && glob_matches(glob.substr(1), label.substr(1));
    for (std::size_t skip = 0; skip <= label.size(); ++skip) {
      if (glob_matches(glob.substr(1), label.substr(skip))) return true;
    }
    return false;
  }

  static bool covers(const policy::Pattern& pattern, const std::string& name) {
    using policy::PatternForm;
    if (pattern.form == PatternForm::Regex) return RE2::PartialMatch(name, RE2{pattern.label, RE2::Latin1});
    const std::string base = pattern.name.text();
    const bool same = name == base;
    const bool below = name.size() > base.size() && name.ends_with('.' + base);
    const auto above = labels_of(name.substr(0, below ? name.size() - base.size() - 1 : 0));
    switch (pattern.form) {
      case PatternForm::Suffix:
        return same || below;
      case PatternForm::Exact:
        return same;
      case PatternForm::Below:
        return below;
      case PatternForm::Glob:
        return below && glob_matches(pattern.label, above.back());
      default:
        return below && above.size() == 1 && glob_matches(pattern.label, above[0]);
    }
  }

  static bool covers_any(const std::vector<policy::PatternSource>& sources, const std::string& name) {
    bool any = false;
    for (const auto& source : sources)
      source.patterns.for_each(
          [&](std::size_t, const policy::Pattern& pattern) { any = any || covers(pattern, name); });
    return any;
  }

  static bool contains(const std::vector<Prefix>& prefixes, const IpAddress& address) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const Prefix& prefix) { return prefix.contains(address); });
  }
  static bool blocks(const policy::Rule& rule) { return rule.action != policy::Action::Allow; }

  Strength strength(const policy::Rule& rule, const policy::PatternSource& source,
                    const policy::Pattern& pattern) const {
    using policy::PatternForm;
    const std::size_t labels = pattern.name.label_count();
    const bool allows = rule.action_of(source) == policy::Action::Allow;
    switch (pattern.form) {
      case PatternForm::Exact:
        return {rule.priority, 4, 1, 0, allows};
      case PatternForm::ExactGlob:
        return {rule.priority, 4, 0, 0, allows};
      case PatternForm::Below:
        return {rule.priority, 3, labels, 2, allows};
      case PatternForm::Suffix:
        return {rule.priority, 3, labels, 1, allows};
      case PatternForm::Glob:
        return {rule.priority, 3, labels + 1, 0, allows};
      default:
        return {rule.priority, 2, 0, 0, allows};
    }
  }

  std::string group_of(const IpAddress& address) const {
    std::string group = "default";
    int longest = -1;
    for (const auto& candidate : settings_.groups) {
      for (const auto& prefix : candidate.prefixes) {
        if (!prefix.contains(address) || static_cast<int>(prefix.length) <= longest) continue;
        longest = prefix.length;
        group = candidate.name;
      }
    }
    return group;
  }

  bool speaks_to(const policy::Rule& rule, const IpAddress& address) const {
    if (contains(rule.except_clients, address)) return false;
    if (rule.groups.empty() && rule.clients.empty()) return true;
    const auto group = group_of(address);
    return contains(rule.clients, address) ||
           std::find(rule.groups.begin(), rule.groups.end(), group) != rule.groups.end();
  }

  static bool in_dates(const policy::Rule& rule, date::local_seconds now) {
    return (!rule.validity.from || *rule.validity.from <= now) && (!rule.validity.until || now < *rule.validity.until);
  }

  bool is_on(const policy::Rule& rule, const IpAddress& address, date::local_seconds now) const {
    if (rule.mode == policy::Mode::Off || !in_dates(rule, now)) return false;
    return std::none_of(rules_.rules.begin(), rules_.rules.end(), [&](const policy::Rule& lifting) {
      return lifting.mode == policy::Mode::Enforce && in_dates(lifting, now) && speaks_to(lifting, address) &&
             std::find(lifting.exempts.begin(), lifting.exempts.end(), rule.full_id()) != lifting.exempts.end();
    });
  }

  // The first moment after now at which the rule turns on or off for this client.
  std::optional<date::local_seconds> next_turn(const policy::Rule& rule, const Client& client) const {
    std::set<date::local_seconds> moments;
    for (const auto& other : rules_.rules) {
      if (other.validity.from) moments.insert(*other.validity.from);
      if (other.validity.until) moments.insert(*other.validity.until);
    }
    const bool on = is_on(rule, client.address, client.now);
    for (const auto moment : moments) {
      if (moment > client.now && is_on(rule, client.address, moment) != on) return moment;
    }
    return std::nullopt;
  }

  void cap(State& state, const policy::Rule& rule, const Client& client) const {
    if (const auto turn = next_turn(rule, client))
      state.cap = std::min(state.cap, static_cast<std::uint32_t>((*turn - client.now).count()));
  }

  bool stronger(const Winner& a, const Winner& b) const {
    if (b.rule == nullptr || a.strength != b.strength) return b.rule == nullptr || a.strength > b.strength;
    if (a.rule == b.rule) return !a.own && b.own;
    return a.rule->full_id() < b.rule->full_id();
  }

  void consider(const Winner& candidate, const Client& client, Winners& winners, State& state) const {
    const policy::Rule& rule = *candidate.rule;
    if (rule.mode == policy::Mode::Off || !speaks_to(rule, client.address)) return;
    if (!rule.types.empty() && std::find(rule.types.begin(), rule.types.end(), client.type) == rule.types.end()) return;
    if (!is_on(rule, client.address, client.now)) {
      if (rule.mode == policy::Mode::Enforce) cap(state, rule, client);
      return;
    }
    if (stronger(candidate, winners.any)) winners.any = candidate;
    if (rule.mode == policy::Mode::Enforce && stronger(candidate, winners.enforced)) winners.enforced = candidate;
  }

  void take_out(const std::string& name, std::set<std::string>& out) const {
    for (const auto& rule : rules_.rules) {
      if (covers_any(rule.except, name)) out.insert(rule.full_id());
    }
    const auto save = [&](const policy::MustResolve& must) {
      if (must.name.text() != name) return;
      for (const auto& rule : rules_.rules) {
        if (blocks(rule) && (must.pack.empty() || must.pack == rule.pack)) out.insert(rule.full_id());
      }
    };
    for (const auto& must : rules_.must_resolve) save(must);
    for (const auto& must : settings_.must_resolve) save(must);
    for (const auto& route : settings_.routes) save({route.suffix, "", "", ""});
  }

  Winners judge_name(const std::string& name, const Client& client, std::set<std::string>& out, State& state) const {
    take_out(name, out);
    Winners winners;
    std::optional<int> best_of_patterns;
    std::vector<Winner> by_pattern;
    for (const auto& rule : rules_.rules) {
      for (const auto& source : rule.domains) {
        source.patterns.for_each([&](std::size_t, const policy::Pattern& pattern) {
          const bool regex = pattern.form == policy::PatternForm::Regex;
          if (regex) best_of_patterns = std::max(best_of_patterns.value_or(rule.priority), rule.priority);
          if (out.contains(rule.full_id()) || !covers(pattern, name)) return;
          const bool below = pattern.form == policy::PatternForm::Suffix ||
                             pattern.form == policy::PatternForm::Below || pattern.form == policy::PatternForm::Glob;
          const Winner candidate{&rule, strength(rule, source, pattern), below, rule.action_of(source),
                                 source.own.has_value()};
          if (regex) return by_pattern.push_back(candidate);
          consider(candidate, client, winners, state);
        });
      }
    }
    const bool try_patterns =
        best_of_patterns && (winners.enforced.rule == nullptr || *best_of_patterns > winners.enforced.rule->priority);
    for (const auto& candidate : by_pattern) {
      if (try_patterns) consider(candidate, client, winners, state);
    }
    return winners;
  }

  Winners judge_addresses(const std::vector<IpAddress>& addresses, const Client& client,
                          const std::set<std::string>& out, State& state) const {
    Winners winners;
    for (const auto& rule : rules_.rules) {
      for (const auto& prefix : rule.addresses) {
        for (const auto& address : addresses) {
          if (out.contains(rule.full_id()) || !prefix.contains(address.unmapped())) continue;
          consider({&rule, {rule.priority, 1, prefix.length, 0, !blocks(rule)}, false, rule.action}, client, winners,
                   state);
        }
      }
    }
    return winners;
  }

  policy::RuleIndex index_of(const policy::Rule& rule) const {
    return static_cast<policy::RuleIndex>(&rule - rules_.rules.data());
  }

  // The first observed rule that would have decided, unless an enforced one decides all the same.
  void observe(State& state, const Winners& winners) const {
    if (!winners.any.rule || state.any_decided) return;
    if (winners.any.rule->mode != policy::Mode::Observe) return;
    state.any_decided = true;
    state.would_hit = index_of(*winners.any.rule);
  }

  policy::Verdict decide(State& state, const Winners& winners, const Client& client) const {
    cap(state, *winners.enforced.rule, client);
    policy::Verdict verdict;
    verdict.rule = index_of(*winners.enforced.rule);
    verdict.action = winners.enforced.action;
    if (verdict.action == policy::Action::NxDomain && !winners.enforced.covers_below)
      verdict.action = policy::Action::NoData;
    verdict.would_hit = state.would_hit;
    verdict.ttl_cap = state.cap;
    return verdict;
  }

  policy::RuleSet rules_;
  policy::PolicySettings settings_;
};

}  // namespace aven::test
