#include "server/query_store.h"

#include <algorithm>
#include <chrono>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace aven::server {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr Duration TryEvery = 5s, CheckEvery = 1s, PurgeEvery = 1h;
constexpr std::int64_t DayMs = 86'400'000;
constexpr int PiecesPerCall = 4;
constexpr std::int64_t LinesPerPiece = 2000;
constexpr std::size_t MostKnown = 50'000;
constexpr int MostSameMoment = 4096;

constexpr std::int64_t Version = 1;
constexpr const char* Schema =
    "CREATE TABLE IF NOT EXISTS names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS groups(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS rules(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE IF NOT EXISTS outcomes(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    // id: milliseconds since 1970 << 11, and a number within the millisecond
    "CREATE TABLE IF NOT EXISTS queries(id INTEGER PRIMARY KEY, client TEXT NOT NULL, name INTEGER NOT NULL,"
    " grp INTEGER NOT NULL, rule INTEGER, type INTEGER NOT NULL, verdict INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " rcode INTEGER NOT NULL, us INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS queries_client ON queries(client);"
    "CREATE INDEX IF NOT EXISTS queries_name ON queries(name);"
    "CREATE INDEX IF NOT EXISTS queries_group ON queries(grp, verdict);"
    "CREATE TABLE IF NOT EXISTS purges(at TEXT NOT NULL, deleted INTEGER NOT NULL, pseudonymised INTEGER NOT NULL,"
    " bytes_before INTEGER NOT NULL, bytes_after INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS progress(pseudonymised_to INTEGER NOT NULL);"
    "INSERT INTO progress SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM progress);"
    "CREATE VIEW IF NOT EXISTS log AS SELECT q.id, strftime('%Y-%m-%dT%H:%M:%SZ', (q.id >> 11) / 1000, 'unixepoch') AS"
    " at, q.client, g.name AS \"group\", n.name, q.type, q.verdict, o.name AS outcome, r.name AS rule, q.rcode, q.us"
    " FROM queries q JOIN names n ON n.id = q.name JOIN groups g ON g.id = q.grp JOIN outcomes o ON o.id = q.outcome"
    " LEFT JOIN rules r ON r.id = q.rule;"
    "PRAGMA user_version = 1;";

constexpr const char* Insert =
    "INSERT OR IGNORE INTO queries(id, client, name, grp, rule, type, verdict, outcome, rcode, us)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

fs::file_time_type file_time(std::int64_t unix_ms) {
  return std::chrono::file_clock::from_sys(
      std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{unix_ms}});
}

}  // namespace

// --- open, and what goes wrong

bool QueryStore::make_ready(const LogBook& book, const LogMoment& now) {
  if (book.file != file_) {
    forget();
    file_ = book.file;
    problem_.clear();
    next_try_ = {};
  }
  if (file_.empty()) return false;
  if (database_.is_open() && now.tick >= next_check_) {
    next_check_ = now.tick + CheckEvery;
    if (!database_.is_still_there()) forget();
  }
  if (database_.is_open()) return true;
  return now.tick >= next_try_ && open(now);
}

bool QueryStore::open(const LogMoment& now) {
  std::error_code ignored;
  if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), ignored);
  if (database_.open(file_, Database::Mode::Write)) {
    database_.run(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;"
        "PRAGMA journal_size_limit = 67108864");
    const auto version = database_.number("PRAGMA user_version");
    if (database_.ok() && version > Version) {
      fail("it was written by a newer Aven", now);
      return false;
    }
    database_.run(Schema);
  }
  if (!database_.ok()) {
    fail_by_database(now);
    return false;
  }
  ::chmod(file_.c_str(), 0640);
  problem_.clear();
  next_purge_ = {};
  return true;
}

void QueryStore::forget() {
  database_.close();
  database_.clear_error();
  for (auto* words : {&names_, &groups_, &rules_, &outcomes_}) words->known.clear();
  step_ = Step::Idle;
}

void QueryStore::fail(std::string text, const LogMoment& now) {
  problem_ = "the query log is not written: " + text + "; lines are lost until it works again";
  next_try_ = now.tick + TryEvery;
  forget();
}

void QueryStore::fail_by_database(const LogMoment& now) {
  const bool damaged = database_.is_damaged();
  fail(database_.error_text().empty() ? "the file is gone" : database_.error_text(), now);
  if (!damaged) return;
  set_aside(now);
  next_try_ = {};
}

fs::path QueryStore::damaged_file() const {
  return file_.string() + ".damaged";
}

void QueryStore::set_aside(const LogMoment& now) {
  std::error_code ignored;
  fs::rename(file_, damaged_file(), ignored);
  fs::last_write_time(damaged_file(), file_time(now.unix_ms), ignored);  // its age counts from now
  for (const char* end : {"-wal", "-shm"}) fs::remove(file_.string() + end, ignored);
}

// --- lines

std::int64_t QueryStore::number_of(Words& words, const std::string& text) {
  const auto found = words.known.find(text);
  if (found != words.known.end()) return found->second;
  if (words.known.size() >= MostKnown) words.known.clear();
  Statement find{database_, words.find};
  std::int64_t number = 0;
  if (find.bind(text).row()) {
    number = find.number(0);
  } else {
    Statement add{database_, words.add};
    add.bind(text).done();
    number = database_.last_row_id();
  }
  if (database_.ok()) words.known.emplace(text, number);
  return number;
}

bool QueryStore::insert(Statement& statement, LogRow row, const LogBook& book) {
  if (book.pseudonymise_after_days == 0) {
    auto pseudonym = pseudonyms_.of(row.client, Pseudonyms::period_of(milliseconds_of(row.id)));
    if (!pseudonym) return false;
    row.client = std::move(*pseudonym);
  }
  const auto name = number_of(names_, row.name);
  const auto group = number_of(groups_, row.group);
  const auto rule = row.rule.empty() ? 0 : number_of(rules_, row.rule);
  const auto& outcome_name = stats::CounterList[static_cast<std::size_t>(row.outcome)].name;
  const auto outcome = number_of(outcomes_, std::string{outcome_name});
  // Two lines of one number: the clock was set back. The next number is free sooner or later.
  for (int tries = 0; tries < MostSameMoment; ++tries, ++row.id) {
    statement.bind(static_cast<std::int64_t>(row.id)).bind(row.client).bind(name).bind(group);
    rule == 0 ? statement.bind_null() : statement.bind(rule);
    statement.bind(row.type).bind(static_cast<std::int64_t>(row.verdict)).bind(outcome).bind(row.rcode);
    statement.bind(row.latency_us);
    if (!statement.done() || database_.changes() == 1) break;
  }
  return database_.ok();
}

void QueryStore::write(std::span<const LogRow> rows, const LogBook& book, const LogMoment& now) {
  if (!make_ready(book, now)) {
    if (!file_.empty()) lost_ += rows.size();
    return;
  }
  if (rows.empty()) return;
  database_.run("BEGIN");
  bool good = database_.ok();
  {
    Statement statement{database_, Insert};
    for (const auto& row : rows) good = good && insert(statement, row, book);
  }
  if (good && database_.run("COMMIT")) {
    written_ += rows.size();
    return;
  }
  lost_ += rows.size();
  if (database_.ok()) return fail(pseudonyms_.error(), now);
  fail_by_database(now);
}

// --- house keeping

void QueryStore::keep_house(const LogBook& book, const LogMoment& now) {
  if (!make_ready(book, now)) return;
  if (step_ == Step::Idle && now.tick >= next_purge_) start_purge(book, now);
  for (int piece = 0; piece < PiecesPerCall && step_ != Step::Idle && database_.is_open(); ++piece) step(book, now);
}

// Its lines cannot be looked through: it goes when none of them may be kept any more.
void QueryStore::drop_damaged(const LogBook& book, const LogMoment& now) const {
  std::uint32_t longest = book.others.retention_days;
  for (const auto& group : book.groups) longest = std::max(longest, group.retention_days);
  std::error_code ignored;
  const auto since = fs::last_write_time(damaged_file(), ignored);
  if (!ignored && since < file_time(now.unix_ms - std::int64_t{longest} * DayMs)) fs::remove(damaged_file(), ignored);
}

void QueryStore::start_purge(const LogBook& book, const LogMoment& now) {
  drop_damaged(book, now);
  next_purge_ = now.tick + PurgeEvery;
  step_ = Step::Pseudonymise;
  deleted_ = pseudonymised_ = last_name_ = 0;
  bytes_before_ = database_.size_bytes();
}

void QueryStore::step(const LogBook& book, const LogMoment& now) {
  database_.run("BEGIN");
  bool done = false;
  switch (step_) {
    case Step::Pseudonymise:
      done = pseudonymise(book, now);
      break;
    case Step::Delete:
      done = delete_lines(book, now);
      break;
    case Step::Names:
      done = delete_names();
      break;
    default:
      done = true;
  }
  database_.run("COMMIT");
  if (step_ == Step::Shrink) done = shrink();
  if (step_ == Step::Finish) finish(now);
  if (!database_.ok()) return fail_by_database(now);
  if (!pseudonyms_.error().empty()) return fail(pseudonyms_.error(), now);
  if (done) step_ = step_ == Step::Finish ? Step::Idle : static_cast<Step>(static_cast<int>(step_) + 1);
}

// Each piece gives whether it was the last one.
bool QueryStore::pseudonymise(const LogBook& book, const LogMoment& now) {
  const auto before = first_id_at(now.unix_ms - std::int64_t{book.pseudonymise_after_days} * DayMs);
  const auto from = database_.number("SELECT pseudonymised_to FROM progress");
  std::vector<std::pair<std::int64_t, std::string>> lines;
  Statement find{database_, "SELECT id, client FROM queries WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"};
  find.bind(from).bind(static_cast<std::int64_t>(before)).bind(LinesPerPiece);
  while (find.row()) lines.emplace_back(find.number(0), find.text(1));

  Statement update{database_, "UPDATE queries SET client = ? WHERE id = ?"};
  for (const auto& [id, client] : lines) {
    if (client.starts_with("p-")) continue;
    const auto pseudonym = pseudonyms_.of(client, Pseudonyms::period_of(milliseconds_of(static_cast<RowId>(id))));
    if (!pseudonym) return false;
    if (update.bind(*pseudonym).bind(id).done()) ++pseudonymised_;
  }
  if (lines.empty()) return true;
  Statement note{database_, "UPDATE progress SET pseudonymised_to = ?"};
  note.bind(lines.back().first + 1).done();
  return false;
}

bool QueryStore::delete_lines(const LogBook& book, const LogMoment& now) {
  std::vector<std::pair<std::int64_t, std::string>> groups;
  Statement all{database_, "SELECT id, name FROM groups"};
  while (all.row()) groups.emplace_back(all.number(0), all.text(1));
  Statement remove{database_,
                   "DELETE FROM queries WHERE id IN (SELECT id FROM queries WHERE grp = ? AND verdict = ? AND id < ?"
                   " LIMIT ?)"};
  std::int64_t left = LinesPerPiece;
  for (const auto& [number, name] : groups) {
    const auto& group = book.group(name);
    const auto kept_from =
        static_cast<std::int64_t>(first_id_at(now.unix_ms - std::int64_t{group.retention_days} * DayMs));
    for (const auto verdict : {stats::LogVerdict::None, stats::LogVerdict::Blocked, stats::LogVerdict::Allowed,
                               stats::LogVerdict::Observed}) {
      const auto before = may_show(group.level, verdict) ? kept_from : INT64_MAX;
      remove.bind(number).bind(static_cast<std::int64_t>(verdict)).bind(before).bind(left);
      if (!remove.done()) return false;
      deleted_ += database_.changes();
      left -= database_.changes();
      if (left <= 0) return false;
    }
  }
  return true;
}

bool QueryStore::delete_names() {
  if (deleted_ == 0) return true;
  const auto end = database_.number("SELECT ifnull(max(id), 0) FROM names");
  Statement remove{database_,
                   "DELETE FROM names WHERE id > ? AND id <= ? AND NOT EXISTS (SELECT 1 FROM queries WHERE name ="
                   " names.id)"};
  remove.bind(last_name_).bind(last_name_ + LinesPerPiece).done();
  names_.known.clear();
  last_name_ += LinesPerPiece;
  return last_name_ >= end;
}

bool QueryStore::shrink() {
  const auto before = database_.number("PRAGMA freelist_count");
  database_.run("PRAGMA incremental_vacuum(2000)");
  const auto after = database_.number("PRAGMA freelist_count");
  return after == 0 || after >= before;
}

void QueryStore::finish(const LogMoment& now) {
  const auto oldest = database_.number("SELECT ifnull(min(id), 0) FROM queries");
  const auto oldest_ms = oldest == 0 ? now.unix_ms : milliseconds_of(static_cast<RowId>(oldest));
  pseudonyms_.forget_before(Pseudonyms::period_of(oldest_ms));
  if (deleted_ + pseudonymised_ == 0) return;
  Statement note{database_, "INSERT INTO purges VALUES (strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch'), ?, ?, ?, ?)"};
  note.bind(now.unix_ms / 1000).bind(deleted_).bind(pseudonymised_).bind(bytes_before_);
  note.bind(database_.size_bytes()).done();
  // What was overwritten must leave the write-ahead log too; a reader may hold that up until the next time.
  Statement{database_, "PRAGMA wal_checkpoint(TRUNCATE)"}.done();
}

}  // namespace aven::server
