// Policy: everything a worker decides from, compiled and immutable: the rules' names, who is in which class, local
// records, routes, the answers of blocking rules.   Activity: which rules are on now, per class of clients.
// Thread: a Policy and an Activity never change after they were made; any thread may read. A PatternSet belongs to
// one worker (RE2 builds its states under a lock).   Lifetime: verdicts hold indexes into the policy that gave them.
// Fails: never; matching allocates nothing (rules with /pattern/ excepted).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/net_address.h"
#include "base/tick.h"
#include "dns/ask.h"
#include "dns/reply.h"
#include "policy/calendar.h"
#include "policy/lifts.h"
#include "policy/name_index.h"
#include "policy/prefix_table.h"
#include "policy/route_table.h"
#include "policy/rule.h"
#include "policy/verdict.h"

namespace aven::policy {

using ClassIndex = std::uint16_t;
// Which exempted client it is, in the activity of the moment; 0: none.
using ExemptIndex = std::uint16_t;

// What one prefix look-up tells of a client.
struct ClientClass {
  bool allowed = false;  // in allow_from
  GroupIndex group = 0;
  std::vector<std::uint64_t> rules;  // bit r: rule r speaks to these clients (groups, clients, except_clients)
};

// What a blocking rule or an entry of its rpz lists answers, built at load.
struct BlockedAnswer {
  Action action = Action::None;
  std::vector<IpAddress> ipv4, ipv6;
  std::uint32_t ttl = 30;
  dns::Ede ede = dns::Ede::Blocked;
  std::string ede_text;             // in the configured language, at most 160 octets, cut at a character
  bool nxdomain_as_nodata = false;  // NXDOMAIN would deny names that the rule does not cover (DESIGN.md section 4)
  dns::Name redirect_target;
  WayRound way_round = WayRound::None;  // what a question that the rule decides counts as
};

// A record of the configuration.
struct LocalRecord {
  dns::Name owner;
  dns::Type type = dns::Type::A;
  std::uint32_t ttl = 0;
  std::vector<std::uint8_t> rdata;  // uncompressed wire form
};

class Activity;
class PatternSet;

class Policy {
  struct Key {  // only the compiler makes one
    explicit Key() = default;
  };

 public:
  explicit Policy(Key);
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  ~Policy();

  std::uint64_t generation() const noexcept { return generation_; }
  // SHA-256 over the canonical content, 64 hex digits; equal on machines with equal files.
  const std::string& id() const noexcept { return id_; }

  ClassIndex class_of(const IpAddress& client) const noexcept {
    return static_cast<ClassIndex>(classes_by_prefix_.find(client));
  }
  const ClientClass& client_class(ClassIndex index) const noexcept { return classes_[index]; }
  std::size_t class_count() const noexcept { return classes_.size(); }
  const std::vector<std::string>& group_names() const noexcept { return group_names_; }

  std::size_t rule_count() const noexcept { return rules_.size(); }
  // The rule as written, without its names (they are compiled): for explain, status and logs.
  const Rule& rule(RuleIndex index) const noexcept { return rules_[index]; }
  // The rules that an `exempts` rule lifts.
  const std::vector<RuleIndex>& exempted_by(RuleIndex index) const noexcept { return exempts_[index]; }
  const BlockedAnswer& blocked_answer(AnswerIndex index) const noexcept { return answers_[index]; }

  // More would make each question dearer; the compiler refuses them.
  static constexpr std::size_t MaxRules = 4096;
  // Rules that the question or an earlier link of its chain took out by `except` or must_resolve; empty for each new
  // question.
  class ChainState {
   public:
    ChainState() noexcept {}
    ChainState(const ChainState& other) noexcept { *this = other; }
    ChainState& operator=(const ChainState& other) noexcept {
      words_ = other.words_;
      std::copy_n(other.out_.begin(), words_, out_.begin());
      return *this;
    }
    bool is_out(RuleIndex rule) const noexcept { return rule / 64 < words_ && (out_[rule / 64] >> rule % 64 & 1) != 0; }
    void take_out(RuleIndex rule) noexcept {
      reach(rule / 64 + 1);
      out_[rule / 64] |= std::uint64_t{1} << rule % 64;
    }
    void take_out(std::span<const std::uint64_t> rules) noexcept {
      reach(rules.size());
      for (std::size_t i = 0; i < rules.size(); ++i) out_[i] |= rules[i];
    }

   private:
    void reach(std::size_t words) noexcept {
      for (; words_ < words; ++words_) out_[words_] = 0;
    }
    std::size_t words_ = 0;
    std::array<std::uint64_t, MaxRules / 64> out_;  // bit r: rule r; only words_ of them count
  };
  struct Asking {
    ClassIndex client = 0;
    dns::Type type = dns::Type::A;
    ExemptIndex exempt = 0;  // by the activity
  };
  // The verdict for one name.
  Verdict match(const dns::Name& name, const Asking& asking, const Activity& activity, const PatternSet& patterns,
                Tick now, ChainState& chain) const noexcept;
  // The verdict for a whole reply: question, aliases, HTTPS/SVCB targets, addresses and hints, in that order.
  // A verdict that an address or a target brought is answered at the question name as any other.
  Verdict match_reply(std::span<const std::uint8_t> clean_wire, const dns::Name& question, const Asking& asking,
                      const Activity& activity, const PatternSet& patterns, Tick now) const noexcept;
  // Does any rule, whatever its mode, group or dates, name one of the reply's chain names, targets or addresses?
  // If not, the reply needs no judging in this generation.
  bool may_match(std::span<const std::uint8_t> clean_wire, const dns::Name& question, dns::Type type,
                 const PatternSet& patterns) const noexcept;

  // The most specific route for a question; type DS is routed by the parent name.
  using RouteMatch = policy::RouteMatch;
  RouteMatch route_for(const dns::Name& name, dns::Type type, GroupIndex group) const noexcept {
    return routes_.find(name, type, group);
  }

  // The records at a name; empty if none is recorded there.
  std::span<const LocalRecord> records_at(const dns::Name& name) const noexcept;
  bool has_records() const noexcept { return !records_.empty(); }

  std::size_t name_count() const noexcept;
  std::size_t memory_bytes() const noexcept;
  // One set per worker, delivered with the policy.
  std::unique_ptr<PatternSet> make_patterns() const;

 private:
  friend class PolicyCompiler;
  friend class Explainer;

  class Judgement;  // one name's two winners (policy.cpp)

  Verdict judge_name(const dns::Name& name, Judgement& judgement, const PatternSet& patterns,
                     ChainState& chain) const noexcept;
  void judge_chain(const dns::Chain& names, Judgement& judgement, const PatternSet& patterns, ChainState& chain,
                   Verdict& verdict) const noexcept;
  void judge_targets(std::span<const std::uint8_t> wire, Judgement& judgement, const PatternSet& patterns,
                     ChainState& chain, Verdict& verdict) const noexcept;
  bool take_as_nodata(const Verdict& found, Verdict& verdict) const noexcept;
  void judge_hints(std::span<const std::uint8_t> wire, const dns::Chain& names, Judgement& judgement,
                   const PatternSet& patterns, Verdict& verdict) const noexcept;
  void judge_addresses(std::span<const std::uint8_t> wire, Judgement& judgement, const ChainState& chain,
                       Verdict& verdict) const noexcept;
  void take_out(const Binding& binding, ChainState& chain) const noexcept;
  bool is_named(const dns::Name& name, const PatternSet& patterns) const noexcept;

  std::uint64_t generation_ = 0;
  std::string id_;
  PrefixTable classes_by_prefix_;
  std::vector<ClientClass> classes_;
  std::vector<std::string> group_names_;
  std::vector<Rule> rules_;
  std::vector<std::vector<std::uint64_t>> saved_from_;  // by Binding::rule of Saves: bit r: rule r does not speak
  std::vector<std::vector<RuleIndex>> exempts_;
  std::vector<BlockedAnswer> answers_;  // by AnswerIndex
  std::vector<LocalRecord> records_;    // sorted by owner
  NameIndex names_;
  RouteTable routes_;
};

// Which rules are on, from wall clock, time zone and what people lifted. Made by control each second at most, posted
// when a bit changes.
class Activity {
 public:
  Activity(const Policy& policy, const Calendar& calendar, WallTime wall, Tick tick, const Lifts& lifts = {});

  std::uint64_t generation() const noexcept { return generation_; }  // the policy's

  // One row of bits for each class of clients, then one for each exempted client.
  using Row = std::size_t;
  ExemptIndex exempt(const IpAddress& client) const noexcept {
    return classes_of_exempt_.empty() ? ExemptIndex{0} : static_cast<ExemptIndex>(exempt_clients_.find(client));
  }
  Row row_of(ClassIndex client, ExemptIndex exempt) const noexcept {
    return exempt == 0 ? Row{client} : classes_ + exempt - 1;
  }
  // On for these clients now: mode is not off, inside validity and schedule, not lifted.
  bool on(Row row, RuleIndex rule) const noexcept;
  // When the rule next starts (if it is off) or ends (if it is on) for them; Never if not foreseeable.
  Tick changes(Row row, RuleIndex rule) const noexcept;
  // The next moment at which control should make a new one.
  Tick next_change() const noexcept { return next_change_; }
  bool same_bits(const Activity& other) const noexcept { return on_ == other.on_; }

 private:
  void lift_later(const Policy& policy, RuleIndex lifting, Tick starts);
  void lift(const Policy& policy, RuleIndex lifting, Tick ends);
  void lift_at(std::size_t place, Tick ends);
  void pause(const Policy& policy, const Pause& pause, Tick ends);
  void add_exempt_rows(const Policy& policy, const std::vector<Exemption>& exemptions);
  void lift_exemptions(const Policy& policy, const std::vector<Exemption>& exemptions, WallTime wall, Tick tick);
  template <class Visit>
  void for_each_lifted(const Policy& policy, RuleIndex lifting, Visit&& visit);

  std::uint64_t generation_;
  std::size_t rules_ = 0, classes_ = 0;
  std::vector<bool> on_;       // row by row
  std::vector<Tick> changes_;  // row by row
  PrefixTable exempt_clients_;
  std::vector<ClassIndex> classes_of_exempt_;  // by ExemptIndex - 1
  Tick next_change_ = Never;
};

}  // namespace aven::policy
