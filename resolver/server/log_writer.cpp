#include "server/log_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <pthread.h>
#include <utility>

#include "dns/name.h"

namespace aven::server {
namespace {

using namespace std::chrono_literals;
using stats::QueryRecord;

constexpr auto RoundEvery = 100ms;
constexpr Duration CleanEvery = 1s, DeviceKeyEvery = 24h, SeriesEvery = 10s;
constexpr std::size_t MostPerRound = 20'000, BooksKept = 4, MostPoints = 3600;
constexpr std::int64_t ClockStepMs = 60'000;

std::uint64_t draw(RandomSource& random) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> octets{};
  random.fill(octets);
  return std::bit_cast<std::uint64_t>(octets);
}

LogRow row_of(const QueryRecord& record, const LogBook& book, RowId id) {
  LogRow row;
  row.id = id;
  row.client = record.address().text();
  row.group = book.groups[record.group].name;
  const auto name = dns::Name::from_wire(record.name());
  if (name) row.name = name->text();
  if (record.rule < book.rules.size()) row.rule = book.rules[record.rule].id;
  row.type = record.type;
  row.verdict = record.verdict;
  row.outcome = static_cast<stats::Counter>(record.outcome);
  row.rcode = record.rcode;
  row.latency_us = record.latency_us;
  return row;
}

}  // namespace

LogWriter::LogWriter(std::size_t workers, const std::filesystem::path& state, RandomSource& random)
    : random_(random),
      live_(draw(random)),
      series_file_(state / "series.sqlite"),
      pseudonyms_(state / "query_log_keys", random),
      store_(pseudonyms_),
      series_(series_file_) {
  for (std::size_t i = 0; i < workers; ++i) rings_.push_back(std::make_unique<stats::QueryRing>());
}

LogWriter::~LogWriter() {
  stop();
}

void LogWriter::stop() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LogWriter::start() {
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of SQLite's, not the end of the program
  thread_ = std::thread{[this] { run(); }};
}

void LogWriter::use(std::shared_ptr<const LogBook> book) {
  state_.with([&](State& state) { state.file = book->file; });
  new_books_.with([&](auto& books) { books.push_back(std::move(book)); });
}

void LogWriter::run() noexcept {
  pthread_setname_np(pthread_self(), "aven-log");
  for (bool ending = false; !ending;) {
    {
      std::unique_lock lock{mutex_};
      ending = wake_.wait_for(lock, RoundEvery, [this] { return ending_; });
    }
    if (ending) next_series_ = {};
    while (!round({read_tick(), read_wall_ms()})) continue;
  }
}

bool LogWriter::round(const LogMoment& now) {
  refresh_books();
  const bool all = take(now);
  if (!books_.empty()) {
    live_.add(batch_);
    store_.write(batch_.rows, *books_.back(), now);
    keep_house(now);
  }
  write_series(now);
  tell_state();
  return all;
}

void LogWriter::refresh_books() {
  auto fresh = new_books_.with([](auto& books) { return std::exchange(books, {}); });
  for (auto& book : fresh) {
    if (books_.size() == BooksKept) books_.erase(books_.begin());
    books_.push_back(std::move(book));
    next_clean_ = {};  // its levels may forbid what is kept
    store_.purge_soon();
  }
}

const LogBook* LogWriter::book_of(std::uint32_t generation) const noexcept {
  const auto found = std::find_if(books_.rbegin(), books_.rend(), [&](const auto& book) {
    return static_cast<std::uint32_t>(book->generation) == generation;
  });
  return found == books_.rend() ? nullptr : found->get();
}

// Gives what is taken in the order of time.
bool LogWriter::take(const LogMoment& now) {
  taken_.clear();
  batch_.counts.clear();
  batch_.rows.clear();
  bool all = true;
  for (auto& ring : rings_) {
    QueryRecord record;
    std::size_t taken = 0;
    while (taken < MostPerRound && ring->pop(record)) {
      taken_.push_back(record);
      ++taken;
    }
    all = all && taken < MostPerRound;
  }
  const auto earlier = [](const auto& a, const auto& b) { return a.at < b.at; };
  if (!std::is_sorted(taken_.begin(), taken_.end(), earlier)) std::stable_sort(taken_.begin(), taken_.end(), earlier);
  for (const auto& record : taken_) add(record, now);
  return all;
}

void LogWriter::add(const QueryRecord& record, const LogMoment& now) {
  const LogBook* book = book_of(record.generation);
  if (book == nullptr || record.group >= book->groups.size()) return;
  const std::int64_t at_ms = now.unix_ms - (now.tick - record.at) / 1ms;
  batch_.counts.push_back({record, at_ms, book});
  if (record.kind != QueryRecord::Kind::Row) return;
  batch_.rows.push_back(row_of(record, *book, next_id(at_ms)));
}

// Rises always, but when the clock was set back by more than a little.
RowId LogWriter::next_id(std::int64_t unix_ms) noexcept {
  const RowId wanted = first_id_at(unix_ms);
  const bool set_back = milliseconds_of(last_id_) > unix_ms + ClockStepMs;
  last_id_ = set_back ? wanted : std::max(wanted, last_id_ + 1);
  return last_id_;
}

void LogWriter::keep_house(const LogMoment& now) {
  if (now.tick >= next_device_key_) {
    const auto key = draw(random_);
    for (auto& ring : rings_) ring->set_device_key(key);
    live_.new_device_key();
    next_device_key_ = now.tick + DeviceKeyEvery;
  }
  store_.keep_house(*books_.back(), now);
  if (now.tick < next_clean_) return;
  next_clean_ = now.tick + CleanEvery;
  live_.clean(now.unix_ms, *books_.back());
}

void LogWriter::add_point(const SeriesPoint& point) {
  points_.with([&](auto& points) {
    if (points.size() < MostPoints) points.push_back(point);
  });
}

void LogWriter::write_series(const LogMoment& now) {
  if (now.tick < next_series_) return;
  next_series_ = now.tick + SeriesEvery;
  const auto points = points_.with([](auto& waiting) { return std::exchange(waiting, {}); });
  if (!points.empty()) series_.add(points);
}

void LogWriter::tell_state() {
  state_.with([&](State& state) {
    state = {books_.empty() ? std::filesystem::path{} : books_.back()->file, store_.problem(), series_.problem(),
             store_.written(), store_.lost()};
  });
}

LogWriter::State LogWriter::state() {
  return state_.with([](const State& state) { return state; });
}

}  // namespace aven::server
