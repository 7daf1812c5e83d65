// Spans of time as people write and read them: "30m", "2h", "1d", "1h30m"; "1 h 30 min".
// Thread: any.
// Fails: parsing gives nothing for what is no span, is zero, or is longer than ten years.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/rule_words.h"

namespace aven::app {

std::optional<std::chrono::seconds> parse_span(std::string_view text);
// The two largest units: "1 d 2 h", "45 min", "12 s"; in French "1 j 2 h".
std::string span_words(std::chrono::seconds span, Language language = Language::En);

}  // namespace aven::app
