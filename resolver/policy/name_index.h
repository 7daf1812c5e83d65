// NameIndex: which rules name a domain or an address, and with which rank. What the compiler fills and matching reads.
//
// A binding says: this rule names (or excepts) a name in this form. Names share sets of bindings: a million names of one
// list have one set. The rank of a binding is a number: the bigger one decides (DESIGN.md section 4, "Which rule decides").
// Thread: one builds; after that it never changes and any thread may read.   Fails: never.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "policy/name_table.h"
#include "policy/rule.h"
#include "policy/verdict.h"

namespace aven::policy {

using Rank = std::uint64_t;

struct Binding {
  enum class Kind : std::uint8_t {
    Names,      // the rule names it
    Excepts,    // the rule's `except`
    SavesPack,  // must_resolve of a pack: none of its rules speaks; `rule` is one of them
    SavesAll,   // must_resolve of aven.json, a route's suffix: no blocking rule speaks
  };
  Kind kind = Kind::Names;
  PatternForm form = PatternForm::Suffix;
  RuleIndex rule = NoRule;
  std::uint32_t label = 0;   // glob forms: which label pattern; Regex: which expression
  std::uint32_t source = 0;  // where it is written, for explain
  Rank rank = 0;             // Names only

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
  explicit NameIndex(std::size_t expected_names = 0) : table_(expected_names) {}

  void add(const Pattern& pattern, Binding binding);
  void add_address(const Prefix& prefix, RuleIndex rule, Rank rank) { addresses_.push_back({prefix, rule, rank}); }
  // Call once after the last add.
  void finish();

  // Calls found(binding) for each binding whose form covers the name; expressions are PatternSet's.
  template <class Found>
  void find(const dns::Name& name, Found&& found) const noexcept {
    const std::size_t labels = name.label_count();
    table_.find_suffixes(name, [&](std::size_t at, NameTable::Value set) {
      for (const std::uint32_t index : sets_[set]) {
        const Binding& binding = bindings_[index];
        if (covers(binding, name, at, labels)) found(binding);
      }
    });
  }
  // Calls found(binding) for each binding that stands at exactly this name, whatever it covers.
  template <class Found>
  void find_at(const dns::Name& name, Found&& found) const noexcept {
    table_.find_suffixes(name, [&](std::size_t at, NameTable::Value set) {
      if (at != name.label_count()) return;
      for (const std::uint32_t index : sets_[set]) found(bindings_[index]);
    });
  }
  template <class Found>
  void find_address(const IpAddress& address, Found&& found) const noexcept {
    for (const auto& binding : addresses_) {
      if (binding.prefix.contains(address)) found(binding);
    }
  }

  const std::vector<Binding>& expressions() const noexcept { return expressions_; }
  const std::string& label(std::uint32_t label) const noexcept { return labels_[label]; }
  bool has_addresses() const noexcept { return !addresses_.empty(); }
  std::size_t name_count() const noexcept { return table_.size(); }
  std::size_t memory_bytes() const noexcept;

 private:
  bool covers(const Binding& binding, const dns::Name& name, std::size_t at, std::size_t labels) const noexcept;
  std::uint32_t intern(const Binding& binding);
  NameTable::Value with(NameTable::Value set, std::uint32_t binding);

  NameTable table_;
  std::vector<std::vector<std::uint32_t>> sets_{{}};  // set 0 = none
  std::vector<Binding> bindings_;
  std::vector<Binding> expressions_;
  std::vector<std::string> labels_;
  std::vector<AddressBinding> addresses_;
  // Only while building.
  std::map<Binding, std::uint32_t> known_bindings_;
  std::map<std::pair<NameTable::Value, std::uint32_t>, NameTable::Value> known_sets_;
  std::map<std::string, std::uint32_t> known_labels_;
};

}  // namespace aven::policy
