#include "policy/pattern_set.h"

#include <algorithm>

#include "base/check.h"

namespace aven::policy {
namespace {

RE2::Options options() {
  RE2::Options options{RE2::Latin1};
  options.set_log_errors(false);
  return options;
}

}  // namespace

bool PatternSet::compiles(const NameIndex& names) {
  RE2::Set set{options(), RE2::UNANCHORED};
  for (const Binding& binding : names.expressions()) {
    if (set.Add(names.label(binding.label), nullptr) < 0) return false;
  }
  return names.expressions().empty() || set.Compile();
}

PatternSet::PatternSet(const NameIndex& names) : set_(options(), RE2::UNANCHORED) {
  for (const Binding& binding : names.expressions()) {
    AVEN_CHECK(set_.Add(names.label(binding.label), nullptr) == static_cast<int>(bindings_.size()));
    each_.push_back(std::make_unique<RE2>(names.label(binding.label), options()));
    bindings_.push_back(binding);
    best_rank_ = std::max(best_rank_, binding.rank);
    excepts_ = excepts_ || binding.kind != Binding::Kind::Names;
  }
  if (!bindings_.empty()) AVEN_CHECK(set_.Compile());
}

void PatternSet::match(const std::string& text) const {
  matches_.clear();
  RE2::Set::ErrorInfo error{};
  if (set_.Match(text, &matches_, &error) || error.kind != RE2::Set::kOutOfMemory) return;
  matches_.clear();
  for (std::size_t i = 0; i < each_.size(); ++i) {
    if (RE2::PartialMatch(text, *each_[i])) matches_.push_back(static_cast<int>(i));
  }
}

}  // namespace aven::policy
