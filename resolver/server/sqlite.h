// Owners over SQLite: Database is one connection, Statement one prepared statement of it.
// Thread: the one that made the Database.   Lifetime: a Statement ends before its Database.
// Fails: by a code that stays: after the first error of a Database every later step does nothing, until clear_error();
// so a batch is written first and looked at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace aven::server {

class Database {
 public:
  enum class Mode : std::uint8_t { Write, Read };

  Database() = default;
  bool open(const std::filesystem::path& file, Mode mode);
  void close() noexcept { handle_.reset(); }
  bool is_open() const noexcept { return handle_ != nullptr; }
  // Is the open file still the one of its name? A deleted one goes on to take what nobody finds again.
  bool is_still_there() const noexcept;

  // One or more statements without results.
  bool run(const char* sql) noexcept;
  std::int64_t number(const char* sql) noexcept;  // the first column of the first row; 0 without one
  std::int64_t last_row_id() const noexcept { return sqlite3_last_insert_rowid(handle_.get()); }
  std::int64_t changes() const noexcept { return sqlite3_changes64(handle_.get()); }
  std::int64_t size_bytes() noexcept;

  bool ok() const noexcept { return error_ == SQLITE_OK; }
  int error() const noexcept { return error_ & 0xFF; }
  bool is_damaged() const noexcept { return error() == SQLITE_CORRUPT || error() == SQLITE_NOTADB; }
  const std::string& error_text() const noexcept { return error_text_; }
  void clear_error() noexcept;

  sqlite3* get() const noexcept { return handle_.get(); }

 private:
  friend class Statement;
  void note(int code) noexcept;

  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::filesystem::path file_;
  std::uint64_t inode_ = 0, device_ = 0;
  int error_ = SQLITE_OK;
  std::string error_text_;
};

class Statement {
 public:
  Statement() = default;
  Statement(Database& database, std::string_view sql) noexcept;

  // Parameters count from 1 in the order of the calls; text must live until the step.
  Statement& bind(std::int64_t value) noexcept;
  Statement& bind(std::string_view text) noexcept;
  Statement& bind_null() noexcept;

  bool row() noexcept;   // the next row; false: there is none, or an error
  bool done() noexcept;  // runs to the end and makes ready for the next parameters
  void reset() noexcept;

  std::int64_t number(int column) const noexcept { return sqlite3_column_int64(handle_.get(), column); }
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  Database* database_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 1;
};

}  // namespace aven::server
