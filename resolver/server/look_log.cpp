#include "server/look_log.h"

#include <sys/stat.h>
#include <system_error>

namespace aven::server {
namespace {

constexpr std::int64_t MinuteMs = 60'000, DayMs = 86'400'000;
constexpr std::int64_t OneLookMs = 10 * MinuteMs, WriteEveryMs = MinuteMs, KeptMs = 366 * DayMs;
constexpr std::size_t MostOpen = 1000;

constexpr const char* Schema =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "PRAGMA secure_delete = ON;"
    // Moments are milliseconds since 1970.
    "CREATE TABLE IF NOT EXISTS looks(id INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
    " account TEXT NOT NULL, what TEXT NOT NULL, filter TEXT NOT NULL, times INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS looks_last ON looks(last_ms);";

}  // namespace

bool LookLog::make_ready(State& state, std::int64_t unix_ms) const {
  auto& database = state.database;
  if (database.is_open() && (!database.ok() || !database.is_still_there())) {
    database.close();
    state.open.clear();
  }
  if (!database.is_open()) {
    std::error_code ignored;
    std::filesystem::create_directories(file_.parent_path(), ignored);
    if (!database.open(file_, Database::Mode::Write) || !database.run(Schema)) {
      database.close();
      return false;
    }
    ::chmod(file_.c_str(), 0640);
    state.next_purge_ms = 0;
  }
  if (unix_ms < state.next_purge_ms) return true;
  state.next_purge_ms = unix_ms + DayMs;
  Statement{database, "DELETE FROM looks WHERE last_ms < ?"}.bind(unix_ms - KeptMs).done();
  return database.run("PRAGMA incremental_vacuum");
}

bool LookLog::record(const Look& look, std::int64_t unix_ms) {
  return state_.with([&](State& state) {
    if (!make_ready(state, unix_ms)) return false;
    if (state.open.size() >= MostOpen) state.open.clear();
    auto& database = state.database;
    auto [found, is_new] = state.open.try_emplace(look);
    Entry& entry = found->second;
    if (is_new || unix_ms - entry.last_ms > OneLookMs || unix_ms < entry.last_ms) {
      Statement add{database,
                    "INSERT INTO looks(first_ms, last_ms, account, what, filter, times) VALUES (?,?,?,?,?,1)"};
      add.bind(unix_ms).bind(unix_ms).bind(look.account).bind(look.what).bind(look.filter).done();
      entry = {database.last_row_id(), unix_ms, unix_ms, 1};
    } else {
      entry.last_ms = unix_ms;
      ++entry.times;
      if (unix_ms - entry.written_ms < WriteEveryMs) return true;
      entry.written_ms = unix_ms;
      Statement{database, "UPDATE looks SET last_ms = ?, times = ? WHERE id = ?"}
          .bind(unix_ms)
          .bind(entry.times)
          .bind(entry.number)
          .done();
    }
    if (!database.ok()) state.open.erase(found);
    return database.ok();
  });
}

}  // namespace aven::server
