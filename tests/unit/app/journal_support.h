// Lines and journals for tests.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/change_record.h"
#include "app/journal_file.h"
#include "app/text_file.h"

struct RememberingSink final : aven::app::ChangeSink {
  void record(aven::app::ChangeRecord change, Written) override { changes.push_back(std::move(change)); }
  std::vector<aven::app::ChangeRecord> changes;
};

inline aven::app::JournalLine a_line(const std::string& reason, const std::string& at = "2026-11-24T12:00:00Z") {
  aven::app::JournalLine line;
  line.at = *aven::app::parse_utc(at);
  line.change.kind = aven::app::ChangeKind::Paused;
  line.change.reason = reason;
  return line;
}

// Writes `count` lines with the reasons "1", "2", ... and closes the journal.
inline void write_journal(const std::filesystem::path& folder, int count, std::size_t largest_file = 1U << 20) {
  aven::app::JournalFile file{folder, largest_file};
  for (int i = 1; i <= count; ++i) {
    auto line = a_line(std::to_string(i));
    if (file.append(line)) throw std::runtime_error("cannot write the test's journal");
  }
  if (file.note_last()) throw std::runtime_error("cannot write the test's journal");
}
