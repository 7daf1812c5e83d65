#include "policy/explain.h"

#include <algorithm>

#include "policy/pattern_set.h"

namespace aven::policy {
namespace {

bool has_bit(const std::vector<std::uint64_t>& bits, RuleIndex rule) {
  return (bits[rule / 64] >> rule % 64 & 1) != 0;
}

std::string place_of(const Rule& rule, const PatternSource& source, const Pattern& pattern, const PlaceFinder& finder) {
  std::optional<std::string> place;
  if (!source.list) {
    source.patterns.for_each([&](std::size_t index, const Pattern& kept) {
      if (kept.form == pattern.form && kept.name == pattern.name && kept.label == pattern.label && !place)
        place = source.place_of(index);
    });
  }
  if (!place && finder) place = finder(rule, source, pattern);
  if (place) return source.file + ' ' + *place;
  return source.list ? source.file : source.file + ' ' + source.pointer;
}

}  // namespace

class Explainer {
 public:
  Explainer(const Policy& policy, const Calendar& calendar, dns::Type type, const IpAddress& client, WallTime at,
            const PlaceFinder& finder, const Lifts& lifts)
      : policy_(policy),
        calendar_(calendar),
        activity_(policy, calendar, at, Tick{}, lifts),
        patterns_(policy.make_patterns()),
        asking_{policy.class_of(client), type, activity_.exempt(client)},
        client_(client.unmapped()),
        at_(at),
        finder_(finder),
        lifts_(lifts) {}

  Explanation explain(const dns::Name& name) {
    Explanation out;
    const auto& client = policy_.client_class(asking_.client);
    out.client_allowed = client.allowed;
    out.group = policy_.group_names()[client.group];
    Policy::ChainState chain;
    out.verdict = policy_.match(name, asking_, activity_, *patterns_, Tick{}, chain);
    gather(name, chain);
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.rank > b.rank; });
    out.decided_by = decided_by(out.verdict.rule);
    for (auto& found : found_) out.matches.push_back(std::move(found.match));
    if (out.verdict.rule != NoRule) out.ends = calendar_.at(policy_.rule(out.verdict.rule).validity, at_).changes;
    return out;
  }

 private:
  struct Found {
    Rank rank;
    ExplainedMatch match;
  };

  void gather(const dns::Name& name, const Policy::ChainState& chain) {
    const auto note = [&](const Binding& binding, std::size_t labels = 0) {
      if (binding.kind != Binding::Kind::Names) return;
      found_.push_back({binding.rank, describe(pattern_of(name, binding, labels), binding, chain)});
    };
    NameIndex::Found found;
    policy_.names_.look_up(name, found);
    policy_.names_.visit(name, found, note);
    patterns_->find(name, note);
  }

  ExplainedMatch describe(const Pattern& pattern, const Binding& binding, const Policy::ChainState& chain) const {
    const Rule& rule = policy_.rule(binding.rule);
    ExplainedMatch match;
    match.rule = binding.rule;
    match.pattern = to_text(pattern);
    match.place = place_of(rule, rule.domains[binding.source], pattern, finder_);
    match.excepted = chain.is_out(binding.rule);
    match.in_clients = has_bit(policy_.client_class(asking_.client).rules, binding.rule);
    Validity dates = rule.validity;
    dates.schedule.clear();
    match.in_dates = calendar_.at(dates, at_).on;
    Validity schedule;
    schedule.schedule = rule.validity.schedule;
    match.in_schedule = calendar_.at(schedule, at_).on;
    match.type_matches =
        rule.types.empty() || std::find(rule.types.begin(), rule.types.end(), asking_.type) != rule.types.end();
    find_exemption(match);
    find_lift(match);
    return match;
  }

  // The pattern as it is written; it stands at the suffix of `labels` labels.
  Pattern pattern_of(const dns::Name& name, const Binding& binding, std::size_t labels) const {
    Pattern pattern;
    pattern.form = binding.form;
    if (binding.form >= PatternForm::Glob) pattern.label = policy_.names_.label(binding.label);
    if (binding.form != PatternForm::Regex) pattern.name = name.without_first(name.label_count() - labels);
    return pattern;
  }

  void find_exemption(ExplainedMatch& match) const {
    for (RuleIndex lifting = 0; lifting < policy_.rule_count(); ++lifting) {
      const auto& lifted = policy_.exempted_by(lifting);
      const bool lifts = std::find(lifted.begin(), lifted.end(), match.rule) != lifted.end();
      if (!lifts || policy_.rule(lifting).mode != Mode::Enforce) continue;
      if (!has_bit(policy_.client_class(asking_.client).rules, lifting) || !activity_.on(asking_.client, lifting))
        continue;
      match.exempted = true;
      match.exempted_by = lifting;
    }
  }

  void find_lift(ExplainedMatch& match) const {
    const Rule& rule = policy_.rule(match.rule);
    if (rule.mode != Mode::Enforce || rule.action == Action::Allow) return;
    const auto& group = policy_.group_names()[policy_.client_class(asking_.client).group];
    for (const auto& pause : lifts_.pauses) {
      const bool meant =
          pause.scope == PauseScope::All || pause.target == (pause.scope == PauseScope::Rule ? rule.full_id() : group);
      match.paused = match.paused || (meant && at_ < pause.record.until);
    }
    for (const auto& exemption : lifts_.exemptions) {
      if (exemption.rule != rule.full_id() || exemption.client.unmapped() != client_) continue;
      if (at_ >= exemption.record.until) continue;
      match.exempted = true;
      match.exemption = exemption.record.number;
    }
  }

  bool takes_part(const ExplainedMatch& match) const {
    return match.active() && policy_.rule(match.rule).mode == Mode::Enforce;
  }

  // The first step in which the deciding rule and the next one differ.
  DecidedBy decided_by(RuleIndex decider) const {
    const auto first = std::find_if(found_.begin(), found_.end(),
                                    [&](const Found& f) { return f.match.rule == decider && takes_part(f.match); });
    const auto other = std::find_if(found_.begin(), found_.end(),
                                    [&](const Found& f) { return f.match.rule != decider && takes_part(f.match); });
    if (first == found_.end() || other == found_.end()) return DecidedBy::OnlyOne;
    if (priority_of(first->rank) != priority_of(other->rank)) return DecidedBy::Priority;
    if (specificity_of(first->rank) != specificity_of(other->rank)) return DecidedBy::Specificity;
    if (allow_of(first->rank) != allow_of(other->rank)) return DecidedBy::Allow;
    return DecidedBy::Order;
  }

  const Policy& policy_;
  const Calendar& calendar_;
  Activity activity_;
  std::unique_ptr<PatternSet> patterns_;
  Policy::Asking asking_;
  IpAddress client_;
  WallTime at_;
  const PlaceFinder& finder_;
  const Lifts& lifts_;
  std::vector<Found> found_;
};

Explanation explain(const Policy& policy, const Calendar& calendar, const dns::Name& name, dns::Type type,
                    const IpAddress& client, WallTime at, const PlaceFinder& finder, const Lifts& lifts) {
  return Explainer{policy, calendar, type, client, at, finder, lifts}.explain(name);
}

}  // namespace aven::policy
