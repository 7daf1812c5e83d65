#include "policy/problem.h"

#include <algorithm>
#include <array>

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

}  // namespace

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
