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
    bindings_.push_back(binding);
    best_rank_ = std::max(best_rank_, binding.rank);
    excepts_ = excepts_ || binding.kind != Binding::Kind::Names;
  }
  if (!bindings_.empty()) AVEN_CHECK(set_.Compile());
}

}  // namespace aven::policy
