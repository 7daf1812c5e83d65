// PatternSet: the /expressions/ of all rules, matched at once by RE2.
// Thread: one worker; RE2 builds its states under a lock, so nobody shares it.   Fails: never; allocates per match.
#pragma once

#include <memory>
#include <re2/re2.h>
#include <re2/set.h>
#include <string>
#include <vector>

#include "policy/name_index.h"

namespace aven::policy {

class PatternSet {
 public:
  explicit PatternSet(const NameIndex& names);
  // Do all expressions fit into RE2's memory together? The loader asks before it makes one.
  static bool compiles(const NameIndex& names);

  bool empty() const noexcept { return bindings_.empty(); }
  // The best rank that any expression can give; without one no need to try.
  Rank best_rank() const noexcept { return best_rank_; }
  bool excepts() const noexcept { return excepts_; }

  // Calls found(binding) for each expression that matches the whole name as text, lower case, without final dot.
  template <class Found>
  void find(const dns::Name& name, Found&& found) const {
    if (bindings_.empty()) return;
    match(name.text());
    for (const int index : matches_) found(bindings_[static_cast<std::size_t>(index)]);
  }

 private:
  void match(const std::string& text) const;

  RE2::Set set_;
  std::vector<std::unique_ptr<RE2>> each_;  // for a text on which the set runs out of memory
  std::vector<Binding> bindings_;
  Rank best_rank_ = 0;
  bool excepts_ = false;
  mutable std::vector<int> matches_;
};

}  // namespace aven::policy
