// What `aven replay` says: how the questions of a log would have been answered, by rule and group, in English or French,
// or as JSON.
// Thread: any.
// Fails: never.
#pragma once

#include <string>

#include "app/replay.h"
#include "app/rule_words.h"

namespace aven::app {

// What the questions came from and were judged by.
struct ReplayFacts {
  std::string log;          // the file
  std::string policy;       // id of the proposed one
  std::string week;         // the day on which the week begins, "2026-11-24"
  std::string first, last;  // moments of the first and last line, local time
};

std::string to_words(const Replay& replay, const ReplayFacts& facts, Language language);
std::string to_json(const Replay& replay, const ReplayFacts& facts);

}  // namespace aven::app
