// The screen of `aven status`: what the daemon's API says, in words.
// Thread: any.
// Fails: never; a key that is not there reads as nothing.
#pragma once

#include <string>

#include "policy/json_text.h"

namespace aven::app {

// What GET gives for each of these paths under /api/v1.
struct StatusDocuments {
  policy::Json status, rules, upstreams, problems;
};

std::string status_words(const StatusDocuments& documents);

}  // namespace aven::app
