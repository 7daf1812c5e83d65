// rules_due: which rules end or are due for review within a span of time, the first ones first; in words or as JSON.
// Thread: any.
// Fails: never; empty if there is none.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "app/loading.h"
#include "app/rule_words.h"
#include "base/tick.h"

namespace aven::app {

struct DueRule {
  enum class Why : std::uint8_t { Ends, Review, ReviewOverdue };
  date::local_seconds when{};
  std::string rule;  // "pack/id"
  Why why = Why::Ends;
  std::string day;  // the last one on which it holds, or that of the review
};

// `set` must be usable. Reviews that are overdue count; rules that are off or have ended do not.
std::vector<DueRule> rules_due(const LoadedSet& set, WallTime now, std::chrono::seconds within);

std::string to_words(const std::vector<DueRule>& due, Language language);
std::string to_json(const std::vector<DueRule>& due);

}  // namespace aven::app
