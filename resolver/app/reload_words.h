// What `aven reload` says of the daemon's reply: rules and names added, removed, changed, what that does to the questions
// of the last hour, what is wrong, what needs a restart. In English or French.
// Thread: any.
// Fails: never; a key that is not there reads as nothing.
#pragma once

#include <string>

#include "app/rule_words.h"
#include "policy/json_text.h"

namespace aven::app {

std::string reload_words(const policy::Json& reply, Language language);
// The last lines of it alone: whether the new rules are in force.
std::string in_force_words(const policy::Json& reply, Language language);

}  // namespace aven::app
