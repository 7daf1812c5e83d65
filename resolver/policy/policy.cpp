#include "policy/policy.h"

#include <algorithm>

#include "policy/pattern_set.h"

namespace aven::policy {
namespace {

bool has_bit(const std::vector<std::uint64_t>& bits, RuleIndex rule) noexcept {
  return (bits[rule / 64] >> rule % 64 & 1) != 0;
}

bool names_type(const Rule& rule, dns::Type type) noexcept {
  return rule.types.empty() || std::find(rule.types.begin(), rule.types.end(), type) != rule.types.end();
}

// Has an HTTPS or SVCB record a hint of this family?
bool hints_at(std::span<const std::uint8_t> wire, dns::Type family) noexcept {
  bool found = false;
  dns::RecordWalk walk{wire};
  dns::Record record;
  while (!found && walk.next(record) && record.section == dns::Section::Answer) {
    if (record.type != dns::Type::HTTPS && record.type != dns::Type::SVCB) continue;
    dns::visit_addresses(
        wire, record, [&](const IpAddress& address) { found = found || address.is_v4() == (family == dns::Type::A); });
  }
  return found;
}

}  // namespace

// Two winners in one walk: D over enforced rules, O over enforced and observed ones.
class Policy::Judgement {
 public:
  Judgement(const Policy& policy, const Asking& asking, const Activity& activity, Tick now) noexcept
      : policy_(policy),
        asking_(asking),
        class_(policy.classes_[asking.client]),
        activity_(activity),
        row_(activity.row_of(asking.client, asking.exempt)),
        now_(now) {}

  void start() noexcept { enforced_ = any_ = {}; }
  dns::Type type() const noexcept { return asking_.type; }
  void ask_for(dns::Type type) noexcept { asking_.type = type; }

  void consider(RuleIndex index, Rank rank, bool covers_below, AnswerIndex answer) noexcept {
    const Rule& rule = policy_.rules_[index];
    if (rule.mode == Mode::Off || !has_bit(class_.rules, index) || !names_type(rule, asking_.type)) return;
    if (!activity_.on(row_, index)) {
      if (rule.mode == Mode::Enforce) cap_by(index);
      return;
    }
    const Winner candidate{rank, index, covers_below, answer};
    if (candidate.beats(any_)) any_ = candidate;
    if (rule.mode == Mode::Enforce && candidate.beats(enforced_)) enforced_ = candidate;
  }

  Rank least_to_beat() const noexcept { return std::min(any_.rank, enforced_.rank); }
  bool has_candidate() const noexcept { return any_.rule != NoRule; }

  // What the two winners make of the name; caps gather over the whole chain.
  Verdict verdict() noexcept {
    Verdict verdict;
    if (enforced_.rule != NoRule) {
      verdict.rule = enforced_.rule;
      verdict.answer = enforced_.answer;
      verdict.action = policy_.answers_[enforced_.answer].action;
      if (verdict.action == Action::NxDomain && !enforced_.covers_below) verdict.action = Action::NoData;
      cap_by(enforced_.rule);
    }
    if (any_.rule != enforced_.rule && policy_.rules_[any_.rule].mode == Mode::Observe) verdict.would_hit = any_.rule;
    verdict.ttl_cap = cap_;
    return verdict;
  }

 private:
  struct Winner {
    Rank rank = 0;
    RuleIndex rule = NoRule;
    bool covers_below = false;
    AnswerIndex answer = 0;

    // Of two lists of one rule: the rule's own answer, then that of the earlier list.
    bool beats(const Winner& other) const noexcept {
      return rank > other.rank || (rank == other.rank && answer < other.answer);
    }
  };

  void cap_by(RuleIndex rule) noexcept {
    const Tick change = activity_.changes(row_, rule);
    if (change != Never) cap_ = std::min(cap_, seconds_between(now_, change));
  }

  const Policy& policy_;
  Asking asking_;
  const ClientClass& class_;
  const Activity& activity_;
  Activity::Row row_;
  Tick now_;
  Winner enforced_, any_;
  std::uint32_t cap_ = UINT32_MAX;
};

Policy::Policy(Key) {}
Policy::~Policy() = default;

void Policy::take_out(const Binding& binding, ChainState& chain) const noexcept {
  if (binding.kind == Binding::Kind::Excepts) chain.take_out(binding.rule);
  if (binding.kind == Binding::Kind::Saves) chain.take_out(saved_from_[binding.rule]);
}

Verdict Policy::judge_name(const dns::Name& name, Judgement& judgement, const PatternSet& patterns,
                           ChainState& chain) const noexcept {
  judgement.start();
  const auto except = [&](const Binding& binding, std::size_t = 0) { take_out(binding, chain); };
  const auto consider = [&](const Binding& binding, std::size_t = 0) {
    if (binding.kind == Binding::Kind::Names && !chain.is_out(binding.rule))
      judgement.consider(binding.rule, binding.rank, binding.covers_below(), binding.answer);
  };
  NameIndex::Found found;
  names_.look_up(name, found);
  if (names_.may_except(found)) names_.visit(name, found, except);
  if (patterns.excepts()) patterns.find(name, except);
  names_.visit(name, found, consider);
  if (patterns.best_rank() > judgement.least_to_beat()) patterns.find(name, consider);
  return judgement.verdict();
}

Verdict Policy::match(const dns::Name& name, const Asking& asking, const Activity& activity, const PatternSet& patterns,
                      Tick now, ChainState& chain) const noexcept {
  Judgement judgement{*this, asking, activity, now};
  return judge_name(name, judgement, patterns, chain);
}

Verdict Policy::match_reply(std::span<const std::uint8_t> clean_wire, const dns::Name& question, const Asking& asking,
                            const Activity& activity, const PatternSet& patterns, Tick now) const noexcept {
  Judgement judgement{*this, asking, activity, now};
  ChainState chain;
  Verdict verdict;
  dns::Chain names;
  dns::follow_chain(clean_wire, question, asking.type, names);
  judge_chain(names, judgement, patterns, chain, verdict);
  if (!verdict.decided()) judge_targets(clean_wire, judgement, patterns, chain, verdict);
  if (!verdict.decided()) judge_hints(clean_wire, names, judgement, patterns, verdict);
  if (!verdict.decided() && names_.has_addresses()) judge_addresses(clean_wire, judgement, chain, verdict);
  return verdict;
}

// The first name with a verdict decides. The observed winner counts once: at the first name where it would have decided.
void Policy::judge_chain(const dns::Chain& names, Judgement& judgement, const PatternSet& patterns, ChainState& chain,
                         Verdict& verdict) const noexcept {
  for (std::size_t i = 0; i < names.size && !verdict.decided(); ++i) {
    const RuleIndex counted = verdict.would_hit;
    verdict = judge_name(names.names[i], judgement, patterns, chain);
    // The rule speaks of the alias; NXDOMAIN would deny the question name and all below it.
    if (i > 0 && verdict.action == Action::NxDomain) verdict.action = Action::NoData;
    if (counted != NoRule) verdict.would_hit = counted;
  }
}

// HTTPS and SVCB records that send the client to a blocked name: NODATA (RFC 9460 section 2.4.2 calls them aliases).
void Policy::judge_targets(std::span<const std::uint8_t> wire, Judgement& judgement, const PatternSet& patterns,
                           ChainState& chain, Verdict& verdict) const noexcept {
  dns::RecordWalk walk{wire};
  dns::Record record;
  while (walk.next(record) && record.section == dns::Section::Answer) {
    if (record.type != dns::Type::HTTPS && record.type != dns::Type::SVCB) continue;
    const auto target = dns::target_of(wire, record);
    if (!target || *target == record.owner) continue;
    ChainState branch = chain;
    const Verdict found = judge_name(*target, judgement, patterns, branch);
    if (take_as_nodata(found, verdict)) return;
  }
}

// What a name or address inside an HTTPS or SVCB answer was found to be, for the whole answer; whether it blocks it.
bool Policy::take_as_nodata(const Verdict& found, Verdict& verdict) const noexcept {
  const bool would_block = found.would_hit != NoRule && rules_[found.would_hit].action != Action::Allow;
  if (verdict.would_hit == NoRule && would_block) verdict.would_hit = found.would_hit;
  verdict.ttl_cap = found.ttl_cap;
  if (!found.blocks()) return false;
  verdict.action = Action::NoData;
  verdict.rule = found.rule;
  verdict.answer = found.answer;
  return true;
}

// Clients connect to the hints of HTTPS and SVCB records as to what A and AAAA would tell them: where a rule for these types
// would keep that from them, hints must not tell it.
void Policy::judge_hints(std::span<const std::uint8_t> wire, const dns::Chain& names, Judgement& judgement,
                         const PatternSet& patterns, Verdict& verdict) const noexcept {
  const dns::Type asked = judgement.type();
  for (const auto family : {dns::Type::A, dns::Type::AAAA}) {
    if (verdict.decided() || !hints_at(wire, family)) continue;
    judgement.ask_for(family);
    Verdict found;
    ChainState chain;
    judge_chain(names, judgement, patterns, chain, found);
    if (!found.decided()) judge_targets(wire, judgement, patterns, chain, found);
    take_as_nodata(found, verdict);
  }
  judgement.ask_for(asked);
}

void Policy::judge_addresses(std::span<const std::uint8_t> wire, Judgement& judgement, const ChainState& chain,
                             Verdict& verdict) const noexcept {
  judgement.start();
  dns::RecordWalk walk{wire};
  dns::Record record;
  while (walk.next(record) && record.section == dns::Section::Answer) {
    dns::visit_addresses(wire, record, [&](const IpAddress& address) {
      names_.visit_address(address, [&](const AddressBinding& binding) {
        if (!chain.is_out(binding.rule)) judgement.consider(binding.rule, binding.rank, false, binding.rule);
      });
    });
  }
  const RuleIndex counted = verdict.would_hit;
  verdict = judgement.verdict();
  if (counted != NoRule) verdict.would_hit = counted;
}

bool Policy::is_named(const dns::Name& name, const PatternSet& patterns) const noexcept {
  bool named = false;
  const auto note = [&](const Binding& binding, std::size_t = 0) {
    named = named || binding.kind == Binding::Kind::Names;
  };
  NameIndex::Found found;
  names_.look_up(name, found);
  names_.visit(name, found, note);
  if (!named) patterns.find(name, note);
  return named;
}

bool Policy::may_match(std::span<const std::uint8_t> clean_wire, const dns::Name& question, dns::Type type,
                       const PatternSet& patterns) const noexcept {
  dns::Chain chain;
  dns::follow_chain(clean_wire, question, type, chain);
  for (std::size_t i = 0; i < chain.size; ++i) {
    if (is_named(chain.names[i], patterns)) return true;
  }
  bool named = false;
  dns::RecordWalk walk{clean_wire};
  dns::Record record;
  while (!named && walk.next(record) && record.section == dns::Section::Answer) {
    if (record.type == dns::Type::HTTPS || record.type == dns::Type::SVCB) {
      const auto target = dns::target_of(clean_wire, record);
      named = target && is_named(*target, patterns);
    }
    if (!names_.has_addresses()) continue;
    dns::visit_addresses(clean_wire, record, [&](const IpAddress& address) {
      names_.visit_address(address, [&](const AddressBinding&) { named = true; });
    });
  }
  return named;
}

std::span<const LocalRecord> Policy::records_at(const dns::Name& name) const noexcept {
  const auto less = [](const auto& a, const auto& b) noexcept {
    if constexpr (std::is_same_v<std::decay_t<decltype(a)>, dns::Name>) {
      return a < b.owner;
    } else {
      return a.owner < b;
    }
  };
  const auto first = std::lower_bound(records_.begin(), records_.end(), name, less);
  const auto last = std::upper_bound(first, records_.end(), name, less);
  return {first, last};
}

std::size_t Policy::name_count() const noexcept {
  return names_.name_count();
}

std::size_t Policy::memory_bytes() const noexcept {
  return names_.memory_bytes() + classes_by_prefix_.memory_bytes() +
         rules_.size() * (sizeof(Rule) + sizeof(BlockedAnswer));
}

std::unique_ptr<PatternSet> Policy::make_patterns() const {
  return std::make_unique<PatternSet>(names_);
}

}  // namespace aven::policy
