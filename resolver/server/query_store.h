// QueryStore: the query log's file (SQLite, WAL): lines in, and what keeps them no longer than allowed. Old addresses
// become pseudonyms; lines past their group's retention, and lines that its level forbids by now, are deleted, their
// octets overwritten, and the file shrinks; the table `purges` keeps what was done when.
// Thread: the log writer's. House keeping is done in small pieces, so that the rings are emptied meanwhile.
// Fails: by problem(), in words, while it lasts. Lines of that time are lost and counted; it tries again by itself every
// five seconds. A file that is damaged is set aside until the longest retention is over, one that was
// deleted is begun anew.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/tick.h"
#include "server/log_row.h"
#include "server/pseudonyms.h"
#include "server/sqlite.h"

namespace aven::server {

class QueryStore {
 public:
  explicit QueryStore(Pseudonyms& pseudonyms) : pseudonyms_(pseudonyms) {}

  // Both do nothing while book.file is empty.
  void write(std::span<const LogRow> rows, const LogBook& book, const LogMoment& now);
  void keep_house(const LogBook& book, const LogMoment& now);
  // The levels or times may have changed: look through the lines soon.
  void purge_soon() noexcept { next_purge_ = {}; }

  const std::string& problem() const noexcept { return problem_; }  // empty: none
  std::uint64_t written() const noexcept { return written_; }
  std::uint64_t lost() const noexcept { return lost_; }

 private:
  enum class Step : std::uint8_t { Idle, Pseudonymise, Delete, Names, Shrink, Finish };
  struct Words {  // a table of texts by number, and what is known of it
    const char* find;
    const char* add;
    std::unordered_map<std::string, std::int64_t> known;
  };

  bool make_ready(const LogBook& book, const LogMoment& now);
  bool open(const LogMoment& now);
  void fail(std::string text, const LogMoment& now);
  void fail_by_database(const LogMoment& now);
  std::filesystem::path damaged_file() const;
  void set_aside(const LogMoment& now);
  void drop_damaged(const LogBook& book, const LogMoment& now) const;
  void forget();
  std::int64_t number_of(Words& words, const std::string& text);
  bool insert(Statement& statement, LogRow row, const LogBook& book);

  void start_purge(const LogBook& book, const LogMoment& now);
  void step(const LogBook& book, const LogMoment& now);
  bool pseudonymise(const LogBook& book, const LogMoment& now);
  bool delete_lines(const LogBook& book, const LogMoment& now);
  bool delete_names();
  bool shrink();
  void finish(const LogMoment& now);

  Pseudonyms& pseudonyms_;
  std::filesystem::path file_;
  Database database_;
  Words names_{"SELECT id FROM names WHERE name = ?", "INSERT INTO names(name) VALUES (?)", {}};
  Words groups_{"SELECT id FROM groups WHERE name = ?", "INSERT INTO groups(name) VALUES (?)", {}};
  Words rules_{"SELECT id FROM rules WHERE name = ?", "INSERT INTO rules(name) VALUES (?)", {}};
  Words outcomes_{"SELECT id FROM outcomes WHERE name = ?", "INSERT INTO outcomes(name) VALUES (?)", {}};

  Step step_ = Step::Idle;
  Tick next_purge_{}, next_try_{}, next_check_{};
  std::int64_t deleted_ = 0, pseudonymised_ = 0, bytes_before_ = 0, last_name_ = 0;

  std::string problem_;
  std::uint64_t written_ = 0, lost_ = 0;
};

}  // namespace aven::server
