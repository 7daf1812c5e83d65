// What packs and name sets have in common: format, ids, texts in two languages, exact names, days.
// Thread: the loader's.   Fails: by problems; what could not be read stays empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/json_object.h"
#include "policy/rule.h"

namespace aven::policy {

// Lower-case letters, digits, `-` and `_`, at most 63.
bool is_id(std::string_view text);

// A file of a format that a newer program wrote; that is all that can be said of it.
bool is_newer_format(const Json& file);
void tell_newer_format(const ProblemSink& sink);
// `$schema` and `format`.
void check_head(const JsonObject& object, const ProblemSink& sink);

std::string read_id(const JsonObject& object, std::string_view key, const ProblemSink& sink);
// A text that is not empty where it is given.
void read_text(const JsonObject& object, std::string_view key, const ProblemSink& sink, std::string& out);
LocalText read_local_text(const JsonObject& object, std::string_view key, const ProblemSink& sink);
std::optional<date::local_days> read_day(const JsonObject& object, std::string_view key, const ProblemSink& sink);
// `pack` of the entries stays empty.
std::vector<MustResolve> read_must_resolve(const JsonObject& object, const ProblemSink& sink);

}  // namespace aven::policy
