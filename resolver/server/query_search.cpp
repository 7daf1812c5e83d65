#include "server/query_search.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "server/sqlite.h"

namespace aven::server {
namespace {

constexpr std::int64_t MostNames = 200;  // more are so common that a walk back in time finds enough of them soon
constexpr int StepsBetweenLooks = 20'000;

constexpr std::string_view Columns =
    "SELECT q.id, q.client, n.name, g.name, r.name, q.type, q.verdict, o.name, q.rcode, q.us FROM queries q"
    " CROSS JOIN names n ON n.id = q.name CROSS JOIN groups g ON g.id = q.grp CROSS JOIN outcomes o ON o.id = q.outcome"
    " LEFT JOIN rules r ON r.id = q.rule WHERE ";

stats::Counter outcome_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < stats::CounterCount; ++i) {
    if (stats::CounterList[i].name == name) return static_cast<stats::Counter>(i);
  }
  return stats::Counter::answered;
}

LogRow read_row(const Statement& from) {
  LogRow row;
  row.id = static_cast<RowId>(from.number(0));
  row.client = from.text(1);
  row.name = from.text(2);
  row.group = from.text(3);
  row.rule = from.text(4);
  row.type = static_cast<std::uint16_t>(from.number(5));
  row.verdict = static_cast<stats::LogVerdict>(std::clamp<std::int64_t>(from.number(6), 0, 3));
  row.outcome = outcome_of(from.text(7));
  row.rcode = static_cast<std::uint8_t>(from.number(8));
  row.latency_us = static_cast<std::uint32_t>(from.number(9));
  return row;
}

class Search {
 public:
  Search(Database& database, const QuerySearch& wanted) : database_(database), wanted_(wanted) {
    from_ = wanted.since_ms <= 0 ? 0 : static_cast<std::int64_t>(first_id_at(wanted.since_ms));
    constexpr std::int64_t LastMs = std::numeric_limits<std::int64_t>::max() >> RowIdBits;
    const auto until = static_cast<std::int64_t>(first_id_at(std::min(wanted.until_ms, LastMs)));
    constexpr RowId Most = std::numeric_limits<std::int64_t>::max();
    before_ = std::min(until, static_cast<std::int64_t>(std::min(wanted.before, Most)));
  }

  std::vector<LogRow> run() {
    const auto& filter = wanted_.filter;
    if (!filter.group.empty() && !find_group()) return {};
    if (!filter.client.empty()) {
      look("q.client = ?", std::nullopt);
    } else if (!filter.name.empty()) {
      by_names();
    } else if (group_ || filter.verdict) {
      by_groups();
    } else {
      look("1", std::nullopt);
    }
    return std::move(found_);
  }

 private:
  bool find_group() {
    Statement find{database_, "SELECT id FROM groups WHERE name = ?"};
    if (!find.bind(wanted_.filter.group).row()) return false;
    group_ = find.number(0);
    return true;
  }

  std::vector<std::int64_t> numbers(std::string_view sql, std::string_view parameter) {
    std::vector<std::int64_t> out;
    Statement find{database_, sql};
    if (!parameter.empty()) find.bind(parameter);
    while (find.row()) out.push_back(find.number(0));
    return out;
  }

  void by_names() {
    const auto names = numbers("SELECT id FROM names WHERE instr(name, ?) > 0 LIMIT " + std::to_string(MostNames + 1),
                               wanted_.filter.name);
    if (names.size() > static_cast<std::size_t>(MostNames)) return look("1", std::nullopt);
    for (const auto name : names) look("q.name = ?", name);
  }

  void by_groups() {
    const auto groups = group_ ? std::vector{*group_} : numbers("SELECT id FROM groups", {});
    for (const auto group : groups) {
      for (std::int64_t verdict = 0; verdict <= 3; ++verdict) {
        if (wanted_.filter.verdict && static_cast<std::int64_t>(*wanted_.filter.verdict) != verdict) continue;
        look("q.grp = ? AND q.verdict = " + std::to_string(verdict), group);
      }
    }
  }

  // Adds the newest lines of one part of an index; those that are older than what is found already do not matter.
  void look(const std::string& part, std::optional<std::int64_t> number) {
    const auto& filter = wanted_.filter;
    const bool by_client = part.starts_with("q.client");
    std::string sql{Columns};
    sql += part + " AND q.id >= ? AND q.id < ?";
    if (!filter.name.empty() && !number) sql += " AND instr(n.name, ?) > 0";
    if (group_) sql += " AND q.grp = " + std::to_string(*group_);
    if (filter.verdict) sql += " AND q.verdict = " + std::to_string(static_cast<int>(*filter.verdict));
    sql += " ORDER BY q.id DESC LIMIT " + std::to_string(wanted_.most);
    Statement find{database_, sql};
    if (by_client) find.bind(filter.client);
    if (number) find.bind(*number);
    find.bind(from_).bind(before_);
    if (!filter.name.empty() && !number) find.bind(filter.name);
    while (find.row()) found_.push_back(read_row(find));

    std::sort(found_.begin(), found_.end(), [](const LogRow& a, const LogRow& b) { return a.id > b.id; });
    if (found_.size() <= wanted_.most) return;
    found_.resize(wanted_.most);
    from_ = std::max(from_, static_cast<std::int64_t>(found_.back().id));
  }

  Database& database_;
  const QuerySearch& wanted_;
  std::int64_t from_ = 0, before_ = 0;
  std::optional<std::int64_t> group_;
  std::vector<LogRow> found_;
};

}  // namespace

Expected<FoundRows, std::string> search_queries(const std::filesystem::path& file, const QuerySearch& search) {
  Database database;
  if (!database.open(file, Database::Mode::Read)) return Unexpected{database.error_text()};
  if (database.number("PRAGMA user_version") == 0 && database.ok()) return FoundRows{};  // it is being made
  Tick end = read_tick() + search.time;
  sqlite3_progress_handler(
      database.get(), StepsBetweenLooks,
      [](void* until) noexcept { return read_tick() > *static_cast<const Tick*>(until) ? 1 : 0; }, &end);
  FoundRows found;
  found.rows = Search{database, search}.run();
  found.complete = database.error() != SQLITE_INTERRUPT;
  if (!database.ok() && found.complete) return Unexpected{database.error_text()};
  return found;
}

std::optional<std::string> for_each_query(const std::filesystem::path& file,
                                          const std::function<void(const LogRow& row)>& visit) {
  Database database;
  if (!database.open(file, Database::Mode::Read)) return database.error_text();
  Statement all{database, std::string{Columns} + "1 ORDER BY q.id"};
  while (all.row()) visit(read_row(all));
  if (!database.ok()) return database.error_text();
  return std::nullopt;
}

}  // namespace aven::server
