// Problem: what is wrong in a file, with its place. All of them are gathered before anything is refused.
// Thread: any; a value. A ProblemSink refers to the list and the file's name, which outlive it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
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

// Where the problems of one file go. Of one array the first MostOfOneArray are told one by one, the others are counted in
// one more line: a file may hold a million wrong names. Copies count together.
class ProblemSink {
 public:
  static constexpr std::size_t MostOfOneArray = 20;

  ProblemSink(Problems& to, const std::string& of_file);
  void add(std::string pointer, std::string text, Severity severity = Severity::Error) const;

  Problems& problems;
  const std::string& file;

 private:
  struct ArrayProblems {
    std::size_t count = 0;
    std::size_t summary = 0;  // its place in `problems`
  };
  std::shared_ptr<std::map<std::string, ArrayProblems>> arrays_;
};

}  // namespace aven::policy
