// PatternWatch: which patterns of one rule name a name; to see which of them are never asked for. Sources whose names the
// policy does not keep (big lists) are left out.
// Thread: any; it never changes.   Fails: never.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <re2/re2.h>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "policy/rule.h"

namespace aven::policy {

class PatternWatch {
 public:
  explicit PatternWatch(const Rule& rule);

  // As written, in the order of the rule.
  const std::vector<std::string>& patterns() const noexcept { return texts_; }
  // Calls visit(index) for each pattern that names `name`; `except` and what other rules say do not matter here.
  void find(const dns::Name& name, const std::function<void(std::size_t index)>& visit) const;

 private:
  struct Anchored {  // stands at a suffix of names
    std::size_t index;
    PatternForm form;
    std::string label;
  };

  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::vector<Anchored>> by_suffix_;  // by the suffix in wire form
  std::vector<std::pair<std::size_t, std::unique_ptr<RE2>>> expressions_;
};

// Does a label fit one with `*` (zero or more octets each)?
bool fits_glob(std::string_view label, std::string_view glob) noexcept;

}  // namespace aven::policy
