// problem_words: what kind of problem a sentence tells, what it is about, and the same in French. Problems come from every
// layer as one English sentence, which is what the text log and the commands print; the page speaks both languages, so
// one table here knows the sentences again, as message catalogues do.
// Thread: any; the table never changes.   Fails: never; a sentence that is not in the table has the code "other".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aven::status {

struct ProblemWords {
  std::string_view code;                // a key that stays, whatever happens to the words
  std::vector<std::string> parameters;  // what stands at the sentence's holes, in their order
  std::string french;                   // empty: only English is known
};
ProblemWords words_of(std::string_view sentence);

// A row of the table. Holes are {name}; at a hole {=name} stands a sentence of the table.
struct ProblemSentence {
  std::string_view code, english, french;
};
std::span<const ProblemSentence> problem_sentences() noexcept;

}  // namespace aven::status
