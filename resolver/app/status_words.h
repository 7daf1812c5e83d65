// The screen of `aven status`: what the daemon's API says, in words, English or French.
// Thread: any.
// Fails: never; a key that is not there reads as nothing.
#pragma once

#include <string>

#include "app/rule_words.h"
#include "policy/json_text.h"

namespace aven::app {

// What GET gives for each of these paths under /api/v1.
struct StatusDocuments {
  policy::Json status, rules, upstreams, problems;
};

std::string status_words(const StatusDocuments& documents, Language language);

}  // namespace aven::app
