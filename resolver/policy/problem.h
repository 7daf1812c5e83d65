// Problem: what is wrong in a file, with its place. All of them are gathered before anything is refused.
// Thread: any; a value.
#pragma once

#include <string>
#include <vector>

namespace aven::policy {

enum class Severity : unsigned char { Note, Warning, Error };

struct Problem {
  std::string file;     // as the administrator knows it, relative where the setting was
  std::string pointer;  // JSON pointer (RFC 6901) or "line 12"; empty = the whole file
  std::string text;     // one sentence that says what and what to do
  Severity severity = Severity::Error;
};

using Problems = std::vector<Problem>;

bool has_errors(const Problems& problems) noexcept;
// "rules/chatgpt.json /rules/0/mode: error: ..." one line, control characters escaped.
std::string to_text(const Problem& problem);

}  // namespace aven::policy
