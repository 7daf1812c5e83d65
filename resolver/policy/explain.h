// Explainer: every rule that names a question, why it was on or off for a client at a moment, which one decided and by
// which of the four steps (DESIGN.md section 4). The same table that the workers match from.
// Thread: any but a worker; allocates.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"

namespace aven::policy {

enum class DecidedBy : std::uint8_t { OnlyOne, Priority, Specificity, Allow, Order };

struct ExplainedMatch {
  RuleIndex rule = NoRule;
  std::string pattern;    // as written: "=chat.openai.com", "/.../", "192.0.2.0/24"
  std::string place;      // "rules/names/chatgpt.json /domains/0/name", "lists/ads line 12"
  bool excepted = false;  // by its own `except` or a must_resolve
  bool in_clients = false, in_dates = false, in_schedule = false, type_matches = false;
  bool exempted = false;           // lifted for this client
  RuleIndex exempted_by = NoRule;  // by this `exempts` rule
  std::uint64_t exemption = 0;     // or by this exemption; 0: by a rule
  bool paused = false;
  bool active() const noexcept {
    return !excepted && in_clients && in_dates && in_schedule && type_matches && !exempted && !paused;
  }
};

struct Explanation {
  Verdict verdict;
  std::vector<ExplainedMatch> matches;  // best rank first
  DecidedBy decided_by = DecidedBy::OnlyOne;
  std::string group;
  bool client_allowed = false;
  std::optional<WallTime> ends;  // when the deciding rule ends (validity or schedule)
};

// Finds where a source names a pattern by reading it again: "line 12" of a list, "/rules/0/domains/70000" of a pack. The
// policy keeps no lines of lists, and no names of sources with more than 4096; without a finder `place` names the file.
using PlaceFinder =
    std::function<std::optional<std::string>(const Rule& rule, const PatternSource& source, const Pattern& pattern)>;

Explanation explain(const Policy& policy, const Calendar& calendar, const dns::Name& name, dns::Type type,
                    const IpAddress& client, WallTime at, const PlaceFinder& finder = {}, const Lifts& lifts = {});

}  // namespace aven::policy
