// read_journal: all lines of a journal, and what does not fit: a line that was changed, a gap, an end that was cut.
// Thread: any; blocks. It may read while Aven writes.
// Fails: never; what cannot be read is a finding.
// It cannot see that someone who may write the folder made all lines anew, `head` too: compare the last hash with one
// that was noted elsewhere (each is in the system log).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "app/journal_file.h"
#include "app/journal_line.h"

namespace aven::app {

struct JournalFinding {
  enum class Kind : std::uint8_t {
    Unreadable,  // a file
    Changed,     // a line does not have the hash that the next one, or `head`, says
    NoLine,      // what stands there is no line of a journal, and no line says that it was healed
    Gap,         // numbers are missing
    Cut,         // the end is missing: `head` has seen more
    NoHead,      // without it no cut can be seen
    Healed,      // a crash or a full disk left a part of a line that was never confirmed; the next line says so
    Open,        // the last line has no end: Aven writes it now, or it crashed
  };
  Kind kind = Kind::Changed;
  std::string file;
  std::size_t line = 0;            // in the file; 0: all of it
  std::uint64_t from = 0, to = 0;  // numbers, for Gap and Cut
};
// Healed and Open are told, and are no harm.
bool is_harm(JournalFinding::Kind kind) noexcept;

struct ReadJournal {
  std::vector<JournalLine> lines;  // oldest first
  std::vector<JournalFinding> findings;
  JournalHead last;  // the last line that is there
};

// `folder`: the folder `journal` of the state folder.
ReadJournal read_journal(const std::filesystem::path& folder);

}  // namespace aven::app
