// LiveLog: what of the query log is kept in memory, for the status page: the lines of the last minutes, the last blocks,
// what was asked most in the last day, and what observed rules saw. No file is needed. All of it is bounded.
// Thread: any; a lock is held for one batch or one answer. Workers never touch it.
// Fails: never; what does not fit pushes the oldest out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "server/log_row.h"
#include "stats/distinct_count.h"
#include "stats/top_k.h"

namespace aven::server {

class LiveLog {
 public:
  static constexpr std::size_t MostBlocks = 50'000, MostTail = 10'000, HoursKept = 24, MostObserved = 256,
                               MostPatterns = 8192;

  explicit LiveLog(std::uint64_t hash_seed) : hash_seed_(hash_seed) {}

  // --- the log writer
  struct Batch {  // counts and lines of the same moments, oldest first
    struct Counted {
      stats::QueryRecord record;
      std::int64_t at_ms = 0;         // since 1970
      const LogBook* book = nullptr;  // of the record's policy
    };
    std::vector<Counted> counts;
    std::vector<LogRow> rows;
  };
  void add(const Batch& batch);
  // Drops lines that are older than `recent_minutes` or that the levels of `book` forbid.
  void clean(std::int64_t now_ms, const LogBook& book);
  // A new day for the numbers of devices: the hashes of the old one mean nothing any more.
  void new_device_key();

  // --- the HTTP thread
  struct Tail {
    std::vector<LogRow> rows;  // oldest first
    RowId next = 0;            // to ask after
    bool skipped = false;      // lines between `after` and the first one were pushed out or left off
  };
  // The newest `most` lines after `after`; 0: the newest ones.
  Tail tail(RowId after, const RowFilter& filter, std::size_t most);
  // The last blocked lines, newest first.
  std::vector<LogRow> recent_blocks(const RowFilter& filter, std::size_t most);

  struct GroupFigures {
    std::uint64_t blocked = 0, would_block = 0;
    std::uint64_t automatic = 0, resolver_lookups = 0;  // ways round DNS (DESIGN.md section 4)
  };
  struct Top {
    std::vector<stats::TopK::Entry> blocked_names, resolver_names;
    std::map<std::string, GroupFigures> groups;
    std::size_t hours = 0;
  };
  Top top(std::size_t most);

  struct Devices {  // about how many; under 5 it is not told how many
    std::uint64_t today = 0, day_before = 0;
  };
  struct Observed {
    std::uint64_t questions = 0;
    std::vector<stats::TopK::Entry> names;
    std::set<std::string> patterns;          // those that named one of the names
    std::map<std::string, Devices> devices;  // by group
  };
  // By "pack/id", since the start.
  std::map<std::string, Observed> observed(std::size_t most_names);

  struct Size {
    std::size_t blocks = 0, tail = 0, hours = 0, observed = 0;
  };
  Size size();

 private:
  struct Hour {
    std::int64_t number = 0;  // hours since 1970
    stats::TopK blocked_names, resolver_names;
    std::map<std::string, GroupFigures> groups;
  };
  struct Sketches {
    stats::DistinctCount today;
    std::uint64_t day_before = 0;
  };
  struct Watch {
    std::uint64_t questions = 0;
    stats::TopK names;
    std::set<std::string> patterns;
    std::map<std::string, Sketches> devices;
  };
  struct Kept {
    std::deque<LogRow> blocks, tail;  // oldest first
    std::deque<Hour> hours;
    std::map<std::string, Watch, std::less<>> watched;
    RowId pushed_out = 0;  // the newest line that the tail lost
  };

  void count(Kept& kept, const Batch::Counted& counted) const;
  void count_observed(Kept& kept, const stats::QueryRecord& record, const LogBook& book) const;
  static void count_name(Watch& watch, const stats::QueryRecord& record, const policy::PatternWatch* patterns);
  Hour& hour_of(Kept& kept, std::int64_t at_ms) const;

  const std::uint64_t hash_seed_;
  Guarded<Kept> kept_;
};

}  // namespace aven::server
