#include "policy/problem.h"

#include <algorithm>
#include <array>
#include <utility>

namespace aven::policy {
namespace {

constexpr std::array<const char*, 3> SeverityNames{"note", "warning", "error"};

// Control characters would let a file's text move the cursor of who reads the log.
void append_escaped(std::string& out, const std::string& text) {
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet != 0x7f) {
      out += c;
    } else {
      constexpr const char* Hex = "0123456789abcdef";
      out += "\\x";
      out += Hex[octet >> 4];
      out += Hex[octet & 0xf];
    }
  }
}

// The innermost array that a pointer leads into: "/rules/0/domains" of "/rules/0/domains/7"; empty if there is none.
std::string array_of(const std::string& pointer) {
  for (std::size_t end = pointer.size(); end > 0;) {
    const std::size_t slash = pointer.rfind('/', end - 1);
    if (slash == std::string::npos) break;
    const bool is_index = slash + 1 < end && pointer.find_first_not_of("0123456789", slash + 1) >= end;
    if (is_index) return pointer.substr(0, slash);
    end = slash;
  }
  return {};
}

}  // namespace

ProblemSink::ProblemSink(Problems& to, const std::string& of_file)
    : problems(to), file(of_file), arrays_(std::make_shared<std::map<std::string, ArrayProblems>>()) {}

void ProblemSink::add(std::string pointer, std::string text, Severity severity) const {
  std::string array = array_of(pointer);
  if (!array.empty()) {
    ArrayProblems& seen = (*arrays_)[array];
    if (++seen.count == MostOfOneArray + 1) {
      seen.summary = problems.size();
      problems.push_back({file, std::move(array), {}, severity});
    }
    if (seen.count > MostOfOneArray) {
      Problem& summary = problems[seen.summary];
      summary.text = "has " + std::to_string(seen.count - MostOfOneArray) + " more problems, which are not listed";
      summary.severity = std::max(summary.severity, severity);
      return;
    }
  }
  problems.push_back({file, std::move(pointer), std::move(text), severity});
}

bool has_errors(const Problems& problems) noexcept {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::Error; });
}

std::string to_text(const Problem& problem) {
  std::string text;
  append_escaped(text, problem.file);
  if (!problem.pointer.empty()) {
    text += ' ';
    append_escaped(text, problem.pointer);
  }
  text += ": ";
  text += SeverityNames[static_cast<std::size_t>(problem.severity)];
  text += ": ";
  append_escaped(text, problem.text);
  return text;
}

}  // namespace aven::policy
