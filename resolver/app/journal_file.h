// JournalFile: the journal on the disk, written by one program at a time.
//   folder `journal`: NNNNNN-YYYY.jsonl (a new one each year and at a size), `head` (number and hash of the last line
//   that is confirmed), `lock`
// A line is confirmed when its octets are on the disk (fsync); `head` follows, so it never says more than the files hold
// unless something was taken away. What a crash, a full disk or a hand left behind is healed by a line that says so.
// Thread: one; blocks.
// Fails: by one sentence; then nothing of the line is confirmed, and the next append tries from the start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/change_record.h"
#include "app/journal_line.h"
#include "base/tick.h"

namespace aven::app {

// The last confirmed line, as `head` says it.
struct JournalHead {
  std::uint64_t number = 0;
  std::string sha256 = std::string{NoLineBefore};
};
// Nothing if there is no head, or none that can be read.
std::optional<JournalHead> read_journal_head(const std::filesystem::path& folder);
// The journal's files, oldest first.
std::vector<std::filesystem::path> journal_files(const std::filesystem::path& folder);

class JournalFile {
 public:
  static constexpr std::size_t LargestFile = 16U << 20;  // octets

  explicit JournalFile(std::filesystem::path folder, std::size_t largest_file = LargestFile);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  // Opens and locks the journal, and heals what needs it. Gives what went wrong, or nothing. append() does it too.
  std::optional<std::string> open(WallTime now);
  // Writes one line and waits until it is on the disk; its number and hash of the line before are filled in.
  std::optional<std::string> append(JournalLine& line);
  // Makes `head` say the last line: after one line or several. A head that is behind is no loss, it only witnesses less.
  std::optional<std::string> note_last();

  const JournalHead& last() const noexcept { return last_; }
  // The latest moment of any line: the clock was there once. One that accepts the clock sets it anew.
  WallTime latest() const noexcept { return latest_; }

 private:
  std::optional<std::string> lock();
  std::vector<ChangeRecord> read_end();
  ChangeRecord cut_line(std::size_t size);
  void take_in(const JournalLine& line) noexcept;
  std::optional<std::string> write_line(const std::string& text);
  std::optional<std::string> use_file_for(int year, std::size_t size);
  void close() noexcept;

  const std::filesystem::path folder_;
  const std::size_t largest_file_;
  JournalHead last_;
  WallTime latest_{};
  std::filesystem::path file_;
  int lock_ = -1, fd_ = -1;
  std::size_t size_ = 0;  // of the file, as far as it is known to be whole
  bool open_ = false, torn_ = false;
};

}  // namespace aven::app
