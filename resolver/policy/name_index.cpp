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

// Lists longer than this are not searched for a binding that comes twice: it costs one link more, nothing else.
constexpr std::size_t LongList = 64;

// The label on the left of a suffix.
std::span<const std::uint8_t> label_before(const dns::Name& name, const NameTable::Hit& hit) noexcept {
  auto wire = name.wire();
  std::size_t position = 0;
  while (position + wire[position] + 1U < hit.position) position += wire[position] + 1U;
  return wire.subspan(position + 1, wire[position]);
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
  const std::uint32_t known = intern(binding);
  table_.update(pattern.name, [&](NameTable::Value list) { return with(list, known); });
}

std::uint32_t NameIndex::intern(const Binding& binding) {
  if (!bindings_.empty() && bindings_.back() == binding) return static_cast<std::uint32_t>(bindings_.size() - 1);
  const auto [known, added] = known_bindings_.try_emplace(binding, static_cast<std::uint32_t>(bindings_.size()));
  if (added) bindings_.push_back(binding);
  return known->second;
}

std::uint32_t NameIndex::with(std::uint32_t list, std::uint32_t binding) {
  std::size_t seen = 0;
  for (std::uint32_t at = list; at != 0 && seen < LongList; at = links_[at].next, ++seen) {
    if (links_[at].binding == binding) return list;
  }
  const std::uint64_t key = std::uint64_t{binding} << 32 | list;
  const auto [known, added] = known_links_.try_emplace(key, static_cast<std::uint32_t>(links_.size()));
  if (added) {
    const bool excepts = bindings_[binding].kind != Binding::Kind::Names || links_[list].excepts;
    links_.push_back({binding, list, excepts});
  }
  return known->second;
}

void NameIndex::add_address(const Prefix& prefix, RuleIndex rule, Rank rank) {
  addresses_.push_back({plain(prefix), rule, rank});
}

void NameIndex::finish() {
  table_.finish();
  known_bindings_.clear();
  known_links_.clear();
  known_labels_.clear();
  std::sort(addresses_.begin(), addresses_.end(),
            [](const AddressBinding& a, const AddressBinding& b) { return a.prefix < b.prefix; });
  std::vector<PrefixTable::Entry> entries;
  for (const auto& binding : addresses_) {
    if (entries.empty() || entries.back().prefix != binding.prefix) {
      entries.push_back({binding.prefix, static_cast<std::uint32_t>(by_prefix_.size())});
      by_prefix_.emplace_back();
      for (const auto& other : addresses_) {
        if (other.prefix.length <= binding.prefix.length && other.prefix.contains(binding.prefix.network))
          by_prefix_.back().push_back(other);
      }
    }
  }
  prefixes_ = PrefixTable::build(entries);
}

bool NameIndex::covers(const Binding& binding, const dns::Name& name, const NameTable::Hit& hit) const noexcept {
  switch (binding.form) {
    case PatternForm::Suffix:
      return true;
    case PatternForm::Exact:
      return hit.position == 0;
    case PatternForm::Below:
      return hit.position != 0;
    case PatternForm::Glob:
      return hit.position != 0 && label_matches(labels_[binding.label], label_before(name, hit));
    case PatternForm::ExactGlob:
      return name.label_count() == hit.labels + 1U && label_matches(labels_[binding.label], label_before(name, hit));
    case PatternForm::Regex:
      break;
  }
  return false;
}

std::size_t NameIndex::memory_bytes() const noexcept {
  std::size_t bytes = table_.memory_bytes() + bindings_.capacity() * sizeof(Binding) +
                      links_.capacity() * sizeof(Link) + addresses_.capacity() * sizeof(AddressBinding) +
                      prefixes_.memory_bytes();
  for (const auto& label : labels_) bytes += sizeof label + label.capacity();
  for (const auto& bindings : by_prefix_) bytes += sizeof bindings + bindings.capacity() * sizeof(AddressBinding);
  return bytes;
}

}  // namespace aven::policy
