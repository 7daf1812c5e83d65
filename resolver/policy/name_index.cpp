#include "policy/name_index.h"

#include <algorithm>

#include "base/check.h"

namespace aven::policy {
namespace {

constexpr int PriorityOffset = 1024;
constexpr std::uint16_t ExactName = 0xf000, ExactGlobName = 0xe000, FirstSuffix = 0x1000, Expression = 0x0800;

// `=` before every form that covers below; of those the one with more labels, at equal number `*.a.b`, `a.b`, glob.
std::uint16_t specificity(PatternForm form, std::size_t labels) noexcept {
  const auto suffix = [&](std::size_t count, unsigned order) {
    return static_cast<std::uint16_t>(FirstSuffix + count * 4 + order);
  };
  switch (form) {
    case PatternForm::Exact:
      return ExactName;
    case PatternForm::ExactGlob:
      return ExactGlobName;
    case PatternForm::Below:
      return suffix(labels, 3);
    case PatternForm::Suffix:
      return suffix(labels, 2);
    case PatternForm::Glob:
      return suffix(labels + 1, 1);  // its `*` label counts
    case PatternForm::Regex:
      return Expression;
  }
  return 0;
}

Rank rank_of(int priority, std::uint16_t specific, bool allow, RuleIndex rule) noexcept {
  AVEN_CHECK(rule < 0x7fffffff && priority > -PriorityOffset && priority < PriorityOffset);
  return static_cast<Rank>(priority + PriorityOffset) << 48 | static_cast<Rank>(specific) << 32 |
         static_cast<Rank>(allow ? 1 : 0) << 31 | (0x7fffffffU - rule);
}

// The label `back` places left of a suffix of `at` labels.
std::span<const std::uint8_t> label_before(const dns::Name& name, std::size_t at, std::size_t labels) noexcept {
  auto wire = name.wire();
  for (std::size_t i = labels; i > at + 1; --i) wire = wire.subspan(wire[0] + 1U);
  return wire.subspan(1, wire[0]);
}

}  // namespace

Rank make_rank(int priority, PatternForm form, std::size_t labels, bool allow, RuleIndex rule) noexcept {
  return rank_of(priority, specificity(form, labels), allow, rule);
}
Rank make_address_rank(int priority, unsigned prefix_length, bool allow, RuleIndex rule) noexcept {
  return rank_of(priority, static_cast<std::uint16_t>(prefix_length), allow, rule);
}
int priority_of(Rank rank) noexcept {
  return static_cast<int>(rank >> 48) - PriorityOffset;
}
std::uint16_t specificity_of(Rank rank) noexcept {
  return static_cast<std::uint16_t>(rank >> 32);
}
bool allow_of(Rank rank) noexcept {
  return (rank >> 31 & 1) != 0;
}

bool label_matches(std::string_view pattern, std::span<const std::uint8_t> label) noexcept {
  std::size_t p = 0, l = 0, star = std::string_view::npos, resume = 0;
  while (l < label.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = l;
    } else if (p < pattern.size() && static_cast<std::uint8_t>(pattern[p]) == label[l]) {
      ++p;
      ++l;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      l = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void NameIndex::add(const Pattern& pattern, Binding binding) {
  binding.form = pattern.form;
  if (pattern.form >= PatternForm::Glob) {
    const auto [known, added] = known_labels_.try_emplace(pattern.label, static_cast<std::uint32_t>(labels_.size()));
    if (added) labels_.push_back(pattern.label);
    binding.label = known->second;
  }
  if (pattern.form == PatternForm::Regex) {
    expressions_.push_back(binding);
    return;
  }
  auto place = table_.insert(pattern.name);
  place.set(with(place.get(), intern(binding)));
}

std::uint32_t NameIndex::intern(const Binding& binding) {
  const auto [known, added] = known_bindings_.try_emplace(binding, static_cast<std::uint32_t>(bindings_.size()));
  if (added) bindings_.push_back(binding);
  return known->second;
}

NameTable::Value NameIndex::with(NameTable::Value set, std::uint32_t binding) {
  const auto [known, added] = known_sets_.try_emplace({set, binding}, NameTable::None);
  if (!added) return known->second;
  auto members = sets_[set];
  if (std::find(members.begin(), members.end(), binding) != members.end()) return known->second = set;
  members.push_back(binding);
  sets_.push_back(std::move(members));
  return known->second = static_cast<NameTable::Value>(sets_.size() - 1);
}

void NameIndex::finish() {
  table_.shrink();
  known_bindings_.clear();
  known_sets_.clear();
  known_labels_.clear();
}

bool NameIndex::covers(const Binding& binding, const dns::Name& name, std::size_t at,
                       std::size_t labels) const noexcept {
  switch (binding.form) {
    case PatternForm::Suffix:
      return true;
    case PatternForm::Exact:
      return at == labels;
    case PatternForm::Below:
      return at < labels;
    case PatternForm::Glob:
      return at < labels && label_matches(labels_[binding.label], label_before(name, at, labels));
    case PatternForm::ExactGlob:
      return at + 1 == labels && label_matches(labels_[binding.label], label_before(name, at, labels));
    case PatternForm::Regex:
      break;
  }
  return false;
}

std::size_t NameIndex::memory_bytes() const noexcept {
  std::size_t bytes =
      table_.memory_bytes() + bindings_.size() * sizeof(Binding) + addresses_.size() * sizeof(AddressBinding);
  for (const auto& set : sets_) bytes += sizeof set + set.size() * sizeof(std::uint32_t);
  return bytes;
}

}  // namespace aven::policy
