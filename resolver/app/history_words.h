// Words for the lines of the journal and for what is wrong with it, in English or French.
// Thread: any.
// Fails: never.
#pragma once

#include <string>

#include "app/change_record.h"
#include "app/journal_line.h"
#include "app/journal_reader.h"
#include "app/rule_words.h"

namespace aven::app {

// One line, and indented ones for what changed in each rule.
std::string to_words(const JournalLine& line, Language language);
// "changed chatgpt/chatgpt: valid_until 2027-03-31 -> 2027-06-30", with line ends, each after `indent`.
std::string to_words(const RuleChange& change, Language language, const std::string& indent);
std::string to_words(const JournalFinding& finding, Language language);

// The first digits of a policy's id, enough for people.
std::string short_id(const std::string& policy);

}  // namespace aven::app
