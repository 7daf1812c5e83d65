// read_rule: one object of a pack's `rules` to a Rule. Its name sets are only named, not yet looked up.
// Thread: the loader's.   Fails: by problems; what was right is in the rule.
#pragma once

#include <string>

#include "policy/json_object.h"
#include "policy/pattern_stream.h"
#include "policy/rule.h"

namespace aven::policy {

// `stream` has read the same JSON and holds the rule's `domains` and `except`.
Rule read_rule(const Json& json, const std::string& pointer, const std::string& pack, const ProblemSink& sink,
               PatternStream& stream);

}  // namespace aven::policy
