#include "server/sqlite.h"

#include <sys/stat.h>

namespace aven::server {
namespace {

constexpr int BusyMs = 1000;

}  // namespace

bool Database::open(const std::filesystem::path& file, Mode mode) {
  clear_error();
  sqlite3* handle = nullptr;
  const int flags =
      SQLITE_OPEN_NOMUTEX | (mode == Mode::Write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  note(code);
  if (!ok()) {
    handle_.reset();
    return false;
  }
  sqlite3_busy_timeout(handle, BusyMs);
  file_ = file;
  struct stat found {};
  inode_ = device_ = 0;
  if (::stat(file.c_str(), &found) == 0) {
    inode_ = found.st_ino;
    device_ = found.st_dev;
  }
  return true;
}

bool Database::is_still_there() const noexcept {
  struct stat found {};
  return ::stat(file_.c_str(), &found) == 0 && found.st_ino == inode_ && found.st_dev == device_;
}

void Database::note(int code) noexcept {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE || !ok()) return;
  error_ = code;
  error_text_ = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
}

void Database::clear_error() noexcept {
  error_ = SQLITE_OK;
  error_text_.clear();
}

bool Database::run(const char* sql) noexcept {
  if (ok()) note(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
  return ok();
}

std::int64_t Database::number(const char* sql) noexcept {
  Statement statement{*this, sql};
  return statement.row() ? statement.number(0) : 0;
}

std::int64_t Database::size_bytes() noexcept {
  return number("PRAGMA page_count") * number("PRAGMA page_size");
}

Statement::Statement(Database& database, std::string_view sql) noexcept : database_(&database) {
  if (!database.ok()) return;
  sqlite3_stmt* handle = nullptr;
  database.note(sqlite3_prepare_v2(database.get(), sql.data(), static_cast<int>(sql.size()), &handle, nullptr));
  handle_.reset(handle);
}

Statement& Statement::bind(std::int64_t value) noexcept {
  if (handle_) database_->note(sqlite3_bind_int64(handle_.get(), next_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) noexcept {
  if (handle_) {
    database_->note(
        sqlite3_bind_text(handle_.get(), next_++, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
  }
  return *this;
}

Statement& Statement::bind_null() noexcept {
  if (handle_) database_->note(sqlite3_bind_null(handle_.get(), next_++));
  return *this;
}

bool Statement::row() noexcept {
  if (!handle_ || !database_->ok()) return false;
  const int code = sqlite3_step(handle_.get());
  database_->note(code);
  return code == SQLITE_ROW;
}

bool Statement::done() noexcept {
  while (row()) continue;
  reset();
  return database_->ok();
}

void Statement::reset() noexcept {
  if (handle_) sqlite3_reset(handle_.get());
  next_ = 1;
}

std::string Statement::text(int column) const {
  const auto* octets = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return octets == nullptr ? std::string{} : std::string{octets, static_cast<std::size_t>(size)};
}

}  // namespace aven::server
