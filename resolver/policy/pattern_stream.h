// PatternStream: the `domains` and `except` of a pack's rules, taken out of the JSON as it is read (a pack may hold a
// million names).
// Thread: the loader's.   Lifetime: within that of its sink.   Fails: by problems.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "policy/problem.h"
#include "policy/rule.h"

namespace aven::policy {

class PatternStream {
 public:
  explicit PatternStream(const ProblemSink& sink) : sink_(sink) {}

  // See TakeElement of json_text.h.
  bool take(const std::string& array, std::size_t index, const std::string* text);
  // What an array gave; the array must have been read.
  PatternSource take_out(const std::string& array);
  // Some of its elements were no patterns.
  bool is_broken(const std::string& array) const { return broken_.contains(array); }

 private:
  PatternSource& source_of(const std::string& array);

  const ProblemSink& sink_;
  std::map<std::string, PatternSource> sources_;
  std::set<std::string> broken_;
  PatternSource* source_ = nullptr;  // of the array that is being read
};

}  // namespace aven::policy
