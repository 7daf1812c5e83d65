// LogWriter: the query log's thread. It empties the workers' rings ten times a second, makes lines of records, keeps
// them in memory (LiveLog) and writes them to the log's file (QueryStore); it writes the long series too. Workers never wait for it: a ring that is full refuses records, and counts them.
// Thread: control makes and destroys it; use() may be called by any thread; round() is what its thread does, for tests.
// Lifetime: made before the server whose workers use its rings and destroyed after it.
// Fails: by state(), in words; DNS is answered all the same.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "base/random.h"
#include "base/tick.h"
#include "server/live_log.h"
#include "server/log_row.h"
#include "server/pseudonyms.h"
#include "server/query_store.h"
#include "server/series_store.h"
#include "stats/query_log.h"

namespace aven::server {

class LogWriter {
 public:
  struct State {
    std::filesystem::path file;  // of the lines; empty: they are not written
    std::string problem;         // why lines are not written; empty: they are
    std::string series_problem;
    std::uint64_t written = 0, lost = 0;
  };

  // `state`: the folder of the keys of pseudonyms and of the series. `random` belongs to the log writer from now on.
  LogWriter(std::size_t workers, const std::filesystem::path& state, RandomSource& random);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  stats::QueryRing& ring(std::size_t worker) noexcept { return *rings_[worker]; }
  LiveLog& live() noexcept { return live_; }
  State state();
  const std::filesystem::path& series_file() const noexcept { return series_file_; }

  // Of each policy, before a worker decides from it.
  void use(std::shared_ptr<const LogBook> book);
  // What was counted in one second; any thread.
  void add_point(const SeriesPoint& point);
  // Begins the thread.
  void start();
  // Takes what is in the rings and ends the thread.
  void stop();
  // Empties the rings once, and does what is due. False: there is more.
  bool round(const LogMoment& now);

 private:
  void run() noexcept;
  void refresh_books();
  const LogBook* book_of(std::uint32_t generation) const noexcept;
  bool take(const LogMoment& now);
  void add(const stats::QueryRecord& record, const LogMoment& now);
  RowId next_id(std::int64_t unix_ms) noexcept;
  void keep_house(const LogMoment& now);
  void write_series(const LogMoment& now);
  void tell_state();

  RandomSource& random_;
  std::vector<std::unique_ptr<stats::QueryRing>> rings_;
  LiveLog live_;
  Guarded<std::vector<std::shared_ptr<const LogBook>>> new_books_;
  std::vector<std::shared_ptr<const LogBook>> books_;  // oldest first, the last few

  const std::filesystem::path series_file_;
  Pseudonyms pseudonyms_;
  QueryStore store_;
  SeriesStore series_;
  Guarded<std::vector<SeriesPoint>> points_;
  Guarded<State> state_;

  std::vector<stats::QueryRecord> taken_;
  LiveLog::Batch batch_;
  RowId last_id_ = 0;
  Tick next_clean_{}, next_device_key_{}, next_series_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aven::server
