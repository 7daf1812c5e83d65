// NameIndex: which rules name a domain or an address, and with which rank. What the compiler fills and matching reads.
//
// A binding says: this rule names (or excepts) a name in this form. Names share lists of bindings: a million names of one
// file have one. The rank of a binding is a number: the bigger one decides (DESIGN.md section 4, "Which rule decides").
// Thread: one builds; after that it never changes and any thread may read.   Fails: never.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dns/name.h"
#include "policy/name_table.h"
#include "policy/prefix_table.h"
#include "policy/rule.h"
#include "policy/verdict.h"

namespace aven::policy {

using Rank = std::uint64_t;

struct Binding {
  enum class Kind : std::uint8_t {
    Names,    // the rule names it
    Excepts,  // the rule's `except`
    Saves,    // must_resolve: no blocking rule of a set of rules speaks; `rule` tells which set
  };
  Kind kind = Kind::Names;
  PatternForm form = PatternForm::Suffix;
  RuleIndex rule = NoRule;
  std::uint32_t label = 0;   // glob forms: which label pattern; Regex: which expression
  std::uint32_t source = 0;  // where it is written, for explain
  Rank rank = 0;             // Names only
  AnswerIndex answer = 0;    // Names only

  // Nothing below the name stays open: NXDOMAIN tells the truth (for the rule's own names).
  bool covers_below() const noexcept {
    return form == PatternForm::Suffix || form == PatternForm::Below || form == PatternForm::Glob;
  }
  friend auto operator<=>(const Binding&, const Binding&) = default;
};

// What a rank is made of: priority, then the form, then allow, then the smaller rule.
Rank make_rank(int priority, PatternForm form, std::size_t labels, bool allow, RuleIndex rule) noexcept;
Rank make_address_rank(int priority, unsigned prefix_length, bool allow, RuleIndex rule) noexcept;
int priority_of(Rank rank) noexcept;
std::uint16_t specificity_of(Rank rank) noexcept;
bool allow_of(Rank rank) noexcept;

// Does `label` (lower case) match a label pattern in which `*` stands for zero or more octets?
bool label_matches(std::string_view pattern, std::span<const std::uint8_t> label) noexcept;

struct AddressBinding {
  Prefix prefix;
  RuleIndex rule;
  Rank rank;
};

class NameIndex {
 public:
  explicit NameIndex(std::uint64_t hash_seed = 0, std::size_t expected_names = 0) : table_(hash_seed, expected_names) {}

  void add(const Pattern& pattern, Binding binding);
  void add_address(const Prefix& prefix, RuleIndex rule, Rank rank);
  // Call once after the last add.
  void finish();

  // One look-up of a name; visit() may go over it several times.
  using Found = NameTable::Hits;
  void look_up(const dns::Name& name, Found& found) const noexcept { table_.find_suffixes(name, found); }
  // Does any rule except one of the suffixes? Then visit() first for these bindings.
  bool may_except(const Found& found) const noexcept {
    bool may = false;
    for (const auto& hit : found.all()) may = may || links_[hit.value].excepts;
    return may;
  }
  // Calls visit(binding, suffix labels) for each binding whose form covers the name; expressions are PatternSet's.
  template <class Visit>
  void visit(const dns::Name& name, const Found& found, Visit&& visit) const noexcept {
    for (const auto& hit : found.all()) {
      for (std::uint32_t at = hit.value; at != 0; at = links_[at].next) {
        const Binding& binding = bindings_[links_[at].binding];
        if (covers(binding, name, hit)) visit(binding, std::size_t{hit.labels});
      }
    }
  }
  // Calls visit(binding) for each address binding whose prefix holds the address.
  template <class Visit>
  void visit_address(const IpAddress& address, Visit&& visit) const noexcept {
    for (const auto& binding : by_prefix_[prefixes_.find(address)]) visit(binding);
  }

  const std::vector<Binding>& expressions() const noexcept { return expressions_; }
  const std::string& label(std::uint32_t label) const noexcept { return labels_[label]; }
  bool has_addresses() const noexcept { return !addresses_.empty(); }
  std::size_t name_count() const noexcept { return table_.size(); }
  std::size_t memory_bytes() const noexcept;

 private:
  // Lists of bindings share their ends; a list is known by its first link.
  struct Link {
    std::uint32_t binding = 0;
    std::uint32_t next = 0;  // 0 = the end
    bool excepts = false;    // this binding or one behind it is not Names
  };

  bool covers(const Binding& binding, const dns::Name& name, const NameTable::Hit& hit) const noexcept;
  std::uint32_t intern(const Binding& binding);
  std::uint32_t with(std::uint32_t list, std::uint32_t binding);

  NameTable table_;
  std::vector<Link> links_{{}};
  std::vector<Binding> bindings_;
  std::vector<Binding> expressions_;
  std::vector<std::string> labels_;
  std::vector<AddressBinding> addresses_;
  PrefixTable prefixes_;
  std::vector<std::vector<AddressBinding>> by_prefix_{{}};  // [0]: of addresses in no prefix
  // Only while building.
  std::map<Binding, std::uint32_t> known_bindings_;
  std::unordered_map<std::uint64_t, std::uint32_t> known_links_;
  std::map<std::string, std::uint32_t> known_labels_;
};

}  // namespace aven::policy
